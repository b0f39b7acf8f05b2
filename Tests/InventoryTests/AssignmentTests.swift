import Inventory
import MusterBase
import Testing

@Suite("settings as they are typed")
struct AssignmentTests {
    @Test(
        "each form is read",
        arguments: [
            ("net.mtu=9000", Assignment("net.mtu", .set, "9000")), ("net.mtu=", Assignment("net.mtu", .set, "")),
            ("groups+=a,b", Assignment("groups", .add, "a,b")), ("groups-=a", Assignment("groups", .remove, "a")),
            ("deployment.kernel_arguments=a=b", Assignment("deployment.kernel_arguments", .set, "a=b")),
            ("net.br-.mtu=1", Assignment("net.br-.mtu", .set, "1")), ("a= b ", Assignment("a", .set, " b ")),
        ])
    func forms(text: String, expected: Assignment) throws { #expect(try Assignment(text) == expected) }

    @Test("text without an attribute or without = is refused", arguments: ["", "net.mtu", "=1", "+=1", "-="])
    func refused(text: String) {
        let error = #expect(throws: MusterError.self) { try Assignment(text) }
        #expect(error?.code == .invalidInput)
    }

    @Test("printing a setting does not show its value")
    func description() {
        #expect("\(Assignment("crypted.rootpassword", .set, "$6$salt$hash"))" == "crypted.rootpassword=…")
    }
}
