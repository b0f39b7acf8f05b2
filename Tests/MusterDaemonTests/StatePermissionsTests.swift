import Glibc
import LinuxSystem
import MusterAPI
import MusterBase
import MusterDaemon
import TestSupport
import Testing

@Suite("who may change what the service keeps")
struct StatePermissionsTests {
    let root: TemporaryDirectory
    let state: StateDirectory

    init() throws {
        root = try TemporaryDirectory()
        try root.makeDirectory("private")
        state = StateDirectory(path: root.path)
        try Files.setMode(state.privateDirectory, 0o700)
    }

    @Test(
        "a state directory that others may write to is refused, that of its own group is not",
        arguments: [(0o755, true), (0o700, true), (0o775, true), (0o757, false), (0o1777, false)] as [(UInt16, Bool)])
    func stateDirectory(mode: UInt16, isAllowed: Bool) throws {
        try Files.setMode(state.path, mode)
        let group = try FilePermissions(of: state.path).group
        let error = caughtError { try checkPermissions(of: state, ownGroup: group) }
        #expect((error == nil) == isAllowed)
        if let error {
            #expect(error.code == .forbidden)
            #expect(error.message.hasPrefix("others may write to \(state.path), its mode is "))
            #expect(error.advice?.contains("chmod go-w \(state.path)") == true)
        }
        let foreign = caughtError { try checkPermissions(of: state, ownGroup: group + 1) }
        #expect((foreign == nil) == (mode & 0o022 == 0))
    }

    @Test("a private directory that is open to anybody else is refused", arguments: [0o750, 0o701, 0o704] as [UInt16])
    func privateDirectory(mode: UInt16) throws {
        try Files.setMode(state.privateDirectory, mode)
        let error = caughtError { try checkPermissions(of: state) }
        #expect(error?.code == .forbidden)
        #expect(error?.advice == "run: chmod 0700 \(state.privateDirectory)")
    }

    @Test("what is not there yet is no fault of permissions")
    func missing() throws {
        #expect(caughtError { try checkPermissions(of: StateDirectory(path: root.path("none"))) } == nil)
    }

    @Test("settings that cannot be read are no wish for the defaults")
    func settings() throws {
        #expect(try Settings.read(root.path("muster.yaml"), isRequired: false) == Settings())
        try root.link("loop.yaml", to: "loop.yaml")
        let loop = caughtError { _ = try Settings.read(root.path("loop.yaml"), isRequired: false) }
        #expect(loop?.code == .systemFailure)
        try root.link("lost.yaml", to: "nowhere")
        let lost = caughtError { _ = try Settings.read(root.path("lost.yaml"), isRequired: false) }
        #expect(lost?.message == "the settings file \(root.path("lost.yaml")) is a link to nowhere, which is not there")
        #expect(mkfifo(root.path("fifo.yaml"), 0o600) == 0)
        let fifo = caughtError { _ = try Settings.read(root.path("fifo.yaml"), isRequired: false) }
        #expect(fifo?.message.hasSuffix("it is a FIFO, not a file") == true)
    }
}
