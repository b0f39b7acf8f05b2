import MusterAgent
import MusterBase
import TestSupport
import Testing

@Suite("files that are merged and appended")
struct FileMergeTests {
    private let passwd = """
        root:x:0:0:root:/root:/bin/bash
        daemon:x:1:1::/:/usr/sbin/nologin
        # local
        alice:x:1000:1000::/home/alice:/bin/sh

        """

    @Test("an account of the source takes the place of the one with its name; others stay, new ones stand at the end")
    func accounts() throws {
        let merged = try AccountMerge(.passwd).merge(
            "# site\nalice:x:1500:1500:Alice:/home/alice:/bin/bash\nbob:x:1501:1501::/home/bob:/bin/sh", into: passwd)
        #expect(
            merged == """
                root:x:0:0:root:/root:/bin/bash
                daemon:x:1:1::/:/usr/sbin/nologin
                # local
                alice:x:1500:1500:Alice:/home/alice:/bin/bash
                bob:x:1501:1501::/home/bob:/bin/sh

                """)
        let again = try AccountMerge(.passwd).merge("bob:x:1501:1501::/h:/bin/sh", into: merged)
        #expect(again.hasSuffix("bob:x:1501:1501::/h:/bin/sh\n"))
        #expect(AccountMerge(.passwd).newNames(in: merged, besides: passwd) == ["bob"])
        #expect(AccountMerge(.passwd).number(of: "bob", in: merged) == 1501)
    }

    @Test("merging twice is the same as once, and entries of NIS stay last")
    func twice() throws {
        let merge = AccountMerge(.group)
        let first = try merge.merge("g:x:50:a,b\nh:x:51:", into: "root:x:0:\n+::::")
        #expect(first == "root:x:0:\ng:x:50:a,b\nh:x:51:\n+::::\n")
        #expect(try merge.merge("g:x:50:a,b\nh:x:51:", into: first) == first)
    }

    @Test("a number that another name has is refused, within the source as well")
    func collisions() throws {
        let merge = AccountMerge(.passwd)
        let error = caughtError { _ = try merge.merge("bob:x:1000:1000::/:/bin/sh", into: passwd) }
        #expect(error?.message == "'bob' and 'alice' would both have the user id 1000")
        #expect(caughtError { _ = try merge.merge("b:x:7:7::/:/x\nc:x:7:7::/:/x", into: "") }?.code == .conflict)
        #expect(caughtError { _ = try merge.merge("b:x:7:7::/:/x\nb:x:8:7::/:/x", into: "") }?.code == .malformed)
        // An account that gives its number away in the same merge is no hindrance.
        let moved = "alice:x:1001:1001::/:/x\nbob:x:1000:1000::/:/x"
        #expect(try merge.merge(moved, into: passwd).contains("bob:x:1000"))
    }

    @Test(
        "what is no entry is refused, and an account that anybody could use",
        arguments: [
            "alice", "a:x:b:1::/:/x", "a:x:1:1::/", ":x:1:1::/:/x", "a::1:1::/:/x", "a:$6$x$y:1:1::/:/x",
            "+a:x:1:1::/:/x",
        ])
    func malformed(line: String) {
        #expect(caughtError { _ = try AccountMerge(.passwd).merge(line, into: "") }?.code == .malformed)
    }

    @Test("hosts: an address of the source takes the place of its lines, and its names go from other lines")
    func hosts() throws {
        let present =
            "127.0.0.1\tlocalhost\n127.0.1.1\tn1.example n1\n# more\n10.0.0.1 head old\n10.0.0.1 x\n"
            + "::1 localhost n1\n"
        let merged = try HostsMerge.merge("10.0.0.1\thead head.example # the head\n10.0.0.2 n1\n", into: present)
        #expect(
            merged == """
                127.0.0.1\tlocalhost
                127.0.1.1\tn1.example
                # more
                10.0.0.1\thead head.example # the head
                10.0.0.2 n1
                ::1 localhost n1

                """)
        #expect(try HostsMerge.merge("10.0.0.1\thead head.example # the head\n10.0.0.2 n1\n", into: merged) == merged)
        #expect(caughtError { _ = try HostsMerge.merge("head 10.0.0.1", into: "") }?.code == .malformed)
        #expect(try HostsMerge.merge("fe80::1 a\n", into: "") == "fe80::1 a\n")
    }

    @Test(
        "appended once: not when it is there already as whole lines",
        arguments: [
            ("a\nb\n", "b\n", "a\nb\n"), ("a\nb", "b\n", "a\nb"), ("a\nbc\n", "b", "a\nbc\nb\n"),
            ("a", "b", "a\nb\n"), ("", "b\nc", "b\nc\n"), ("b\nx\nc\n", "b\nc\n", "b\nx\nc\nb\nc\n"),
            ("xb\nc\n", "b\nc\n", "xb\nc\nb\nc\n"), ("a\n", "", "a\n"), ("b\nb\nc\n", "b\nc", "b\nb\nc\n"),
        ])
    func appended(present: String, addition: String, result: String) {
        let once = AppendedText.append(Array(addition.utf8), to: Array(present.utf8))
        #expect(String(decoding: once, as: UTF8.self) == result)
        #expect(AppendedText.append(Array(addition.utf8), to: once) == once)
    }
}
