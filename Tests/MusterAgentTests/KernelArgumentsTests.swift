import DHCPWire
import MusterAgent
import MusterBase
import Testing

@Suite("Kernel arguments")
struct KernelArgumentsTests {
    @Test("servers, address, profile and debug are read; foreign arguments are left alone")
    func reads() {
        let arguments = KernelArguments(
            "BOOT_IMAGE=kernel initrd=initramfs console=ttyS0,115200 muster.server=10.0.0.1,10.0.0.2:8443 "
                + "muster.ip=10.0.0.9/16,10.0.0.254 muster.profile=debian-12 muster.debug quiet\n")
        #expect(
            arguments.servers == [
                .init(address: IPv4Address(10, 0, 0, 1), port: 443),
                .init(address: IPv4Address(10, 0, 0, 2), port: 8443),
            ])
        #expect(arguments.address?.network.description == "10.0.0.9/16")
        #expect(arguments.address?.gateway == IPv4Address(10, 0, 0, 254))
        #expect(arguments.profile == "debian-12")
        #expect(arguments.isDebug)
        #expect(arguments.complaints.isEmpty)
    }

    @Test("a word in quotes stays whole")
    func quotes() {
        let arguments = KernelArguments("dyndbg=\"file a muster.debug +p\" muster.profile=\"a\"")
        #expect(!arguments.isDebug)
        #expect(arguments.profile == "a")
    }

    @Test(
        "what cannot be understood is complained of and has no effect",
        arguments: [
            "muster.server=server.example", "muster.server=10.0.0.1:0", "muster.server=10.0.0.1:1:2",
            "muster.ip=10.0.0.1",
            "muster.ip=10.0.0.1/24,x", "muster.ip=10.0.0.1/24,10.0.0.2,3", "muster.sever=10.0.0.1",
        ])
    func complains(text: String) {
        let arguments = KernelArguments(text)
        #expect(arguments.complaints.count == 1)
        #expect(arguments.servers.isEmpty)
    }
}
