import DiskFormats
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("GRUB's environment block")
struct GRUBEnvironmentTests {
    @Test("what is written is 1024 octets and is read again")
    func roundTrip() throws {
        let environment = GRUBEnvironment(["muster_good": "a", "muster_trial": "", "muster_tries": "3"])
        let octets = try environment.encoded()
        #expect(octets.count == 1024)
        let text = "# GRUB Environment Block\nmuster_good=a\nmuster_trial=\nmuster_tries=3\n###"
        #expect(String(decoding: octets, as: UTF8.self).hasPrefix(text))
        #expect(try GRUBEnvironment(decoding: octets) == environment)
    }

    @Test("GRUB's own tool reads it, and what it wrote is read here")
    func tool() async throws {
        guard Tool.grubEditenv.installedPath != nil else { return }
        let directory = try TemporaryDirectory()
        let path = directory.path("grubenv")
        try Files.write(try GRUBEnvironment(["muster_good": "b"]).encoded(), to: path)
        let runner = SystemToolRunner()
        _ = try await runner.check(.grubEditenv, [path, "set", "muster_tries=2"], doing: "setting a variable")
        let list = try await runner.check(.grubEditenv, [path, "list"], doing: "listing variables").text
        #expect(list == "muster_good=b\nmuster_tries=2\n")
        let found = try GRUBEnvironment(decoding: try Files.read(path))
        #expect(found.variables == ["muster_good": "b", "muster_tries": "2"])
    }

    @Test("what is none, and what does not fit, is refused")
    func refused() throws {
        let good = try GRUBEnvironment().encoded()
        #expect(caughtError { _ = try GRUBEnvironment(decoding: good.dropLast()) }?.code == .malformed)
        #expect(caughtError { _ = try GRUBEnvironment(decoding: [0x20] + good.dropFirst()) }?.code == .malformed)
        let long = String(repeating: "x", count: 1000)
        for variables in [["a b": ""], ["": "x"], ["a": "1\n2"], ["a": "\\"], ["a": long]] {
            #expect(caughtError { _ = try GRUBEnvironment(variables).encoded() }?.code == .invalidInput)
        }
    }
}
