import Glibc
import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("files that come into being under another name")
struct PartialFileTests {
    @Test("what this user's killed runs left goes; what bears such a name and is something else stays")
    func leftovers() async throws {
        try await withTemporaryDirectory { directory in
            func path(_ name: String) -> String { "\(directory)/.disk.partial-\(name)" }
            try Files.write("left", to: path("file"))
            try Files.createDirectory(path("file.tree/deep"))
            try Files.write("kept", to: "\(directory)/other")
            try Files.link(path("link"), to: "\(directory)/other")
            try Files.createDirectory(path("directory/deep"))
            // A tree that is none.
            try Files.write("left", to: path("odd"))
            try Files.link(path("odd.tree"), to: directory)
            var stay = [".disk.partial-directory", ".disk.partial-link", ".disk.partial-odd", ".disk.partial-odd.tree"]
            if geteuid() == 0 {
                try Files.write("somebody's", to: path("stranger"))
                #expect(chown(path("stranger"), 4711, 4711) == 0)
                stay.append(".disk.partial-stranger")
            }
            let partial = try PartialFile(for: "\(directory)/disk")
            let own = FilePathText.lastComponent(of: partial.path)
            #expect(try Files.names(in: directory) == (stay + [own, "other"]).sorted())
            // Of a run that is at work.
            let second = try PartialFile(for: "\(directory)/disk")
            #expect(Files.exists(partial.path) && Files.exists(second.path))
            partial.abandon()
            second.abandon()
            #expect(try Files.names(in: directory) == stay + ["other"])
        }
    }

    @Test("a file that came meanwhile is replaced only when that was asked for")
    func meanwhile() async throws {
        try await withTemporaryDirectory { directory in
            let partial = try PartialFile(for: "\(directory)/disk")
            try Files.write("new", to: partial.path)
            try Files.write("came meanwhile", to: "\(directory)/disk")
            #expect(caughtError { try partial.finish(isForced: false) }?.code == .alreadyExists)
            #expect(try Files.readText("\(directory)/disk") == "came meanwhile")
            try partial.finish(isForced: true)
            #expect(try Files.readText("\(directory)/disk") == "new")
            let other = try PartialFile(for: "\(directory)/other")
            try Files.write("new", to: other.path)
            try other.finish(isForced: false)
            #expect(try Files.names(in: directory) == ["disk", "other"])
        }
    }
}
