import DeploymentModel
import Testing

@Suite("names of versions")
struct ImageReferenceTests {
    @Test("a version is written in one way")
    func oneForm() {
        #expect(ImageReference("a@17")?.version == 17)
        for text in ["a@01", "a@+1", "a@0", "a@-1", "a@", "@1", "a@1x", "a", "A@1", "../a@1"] {
            #expect(ImageReference(text) == nil, "\(text)")
        }
    }
}
