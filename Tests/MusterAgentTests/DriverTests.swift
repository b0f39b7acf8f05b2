import MusterAgent
import Testing

@Suite("Drivers")
struct DriverTests {
    @Test(
        "a pattern of modules.alias matches as the kernel's own tools do",
        arguments: [
            ("virtio:d00000001v*", "virtio:d00000001v00001AF4", true),
            ("virtio:d00000001v*", "virtio:d00000002v00001AF4", false),
            ("pci:v00008086d00001533sv*sd*bc*sc*i*", "pci:v00008086d00001533sv00008086sd00000001bc02sc00i00", true),
            ("pci:v00008086d00001533sv*sd*bc*sc*i*", "pci:v00008086d00001534sv00008086sd00000001bc02sc00i00", false),
            ("acpi*:PNP0501:*", "acpi:PNP0501:", true),
            ("usb:v0B95p772[A-C]d*", "usb:v0B95p772Bd0001", true),
            ("usb:v0B95p772[A-C]d*", "usb:v0B95p772Dd0001", false),
            ("dmi*:svn?EMU:*", "dmi:bvn1:svnQEMU:pnX:", true),
            (
                "cpu:type:x86,ven*fam*mod*:feature:*0081*", "cpu:type:x86,ven0000fam0006mod006B:feature:,0080,0081,",
                true
            ),
            ("of:N*T*Cfoo", "of:NaTbCfoo", true),
            ("of:N*T*Cfoo", "of:NaTbCfoobar", false),
            ("exact", "exact", true), ("exact", "exac", false), ("a[", "a[", false), ("*", "", true),
        ])
    func matches(pattern: String, text: String, expected: Bool) {
        #expect(AliasPattern(pattern).matches(text) == expected)
    }

    private let index = ModuleIndex(
        aliases: """
            # Aliases extracted from modules themselves.
            alias virtio:d00000001v* virtio_net
            alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci
            alias pci:v00001AF4d00001000sv*sd*bc*sc*i* virtio-other
            """,
        dependencies: """
            kernel/drivers/virtio/virtio.ko.xz: kernel/drivers/virtio/virtio_ring.ko.xz
            kernel/drivers/virtio/virtio_ring.ko.xz:
            kernel/drivers/virtio/virtio_pci.ko.xz: kernel/drivers/virtio/virtio.ko.xz kernel/drivers/virtio/virtio_ring.ko.xz
            kernel/drivers/net/virtio_net.ko.xz: kernel/net/core/failover.ko.xz
            kernel/net/core/failover.ko.xz:
            kernel/drivers/virtio/virtio-other.ko:
            kernel/crypto/crc32c.ko:
            """,
        softDependencies: "softdep virtio_net pre: crc32c post: virtio_other\nsoftdep crc32c pre: virtio_net missing\n")

    @Test("a device's modalias names all modules that want it")
    func finds() {
        let modules = index.modules(for: "pci:v00001AF4d00001000sv00001AF4sd00000001bc02sc00i00")
        #expect(modules == ["virtio_pci", "virtio_other"])
        #expect(index.modules(for: "usb:v1").isEmpty)
    }

    @Test("what a module needs is loaded before it, the innermost first")
    func orders() {
        #expect(
            index.loadOrder(of: "virtio_pci") == [
                "kernel/drivers/virtio/virtio_ring.ko.xz", "kernel/drivers/virtio/virtio.ko.xz",
                "kernel/drivers/virtio/virtio_pci.ko.xz",
            ])
    }

    @Test("soft dependencies are loaded before and behind, and a circle of them ends")
    func ordersSoftDependencies() {
        #expect(
            index.loadOrder(of: "virtio-net") == [
                "kernel/crypto/crc32c.ko", "kernel/net/core/failover.ko.xz", "kernel/drivers/net/virtio_net.ko.xz",
                "kernel/drivers/virtio/virtio-other.ko",
            ])
    }

    @Test("a module that is built into the kernel has nothing to load")
    func builtIn() { #expect(index.loadOrder(of: "af_packet").isEmpty) }
}
