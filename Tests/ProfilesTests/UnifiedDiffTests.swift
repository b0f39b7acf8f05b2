import Profiles
import Testing

@Suite("differences of texts")
struct UnifiedDiffTests {
    private func diff(_ old: String, _ new: String) -> String { UnifiedDiff(from: old, to: new).text("a", "b") }

    @Test("as diff -u writes them")
    func hunks() {
        let old = (1...12).map { "\($0)\n" }.joined()
        let new = old.replacing("2\n3\n", with: "2\nx\n3\n").replacing("\n11\n", with: "\n")
        #expect(
            diff(old, new) == """
                --- a
                +++ b
                @@ -1,5 +1,6 @@
                 1
                 2
                +x
                 3
                 4
                 5
                @@ -8,5 +9,4 @@
                 8
                 9
                 10
                -11
                 12

                """)
    }

    @Test("changes that are near stand together")
    func near() {
        let old = (1...8).map { "\($0)\n" }.joined()
        let new = old.replacing("1\n", with: "one\n").replacing("8\n", with: "eight\n")
        #expect(diff(old, new).matches(of: /@@ -/).count == 1)
    }

    @Test("of and to nothing, and without a line feed at the end")
    func ends() {
        #expect(diff("", "a\n") == "--- a\n+++ b\n@@ -0,0 +1 @@\n+a\n")
        #expect(diff("a\nb\n", "") == "--- a\n+++ b\n@@ -1,2 +0,0 @@\n-a\n-b\n")
        #expect(diff("a\n", "a") == "--- a\n+++ b\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n")
        #expect(diff("a\n", "a\n").isEmpty)
    }
}
