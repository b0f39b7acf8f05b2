/// Which modules the agent needs until the root file system is there: drivers of network devices and of the buses that
/// they sit on, and what mounts the root. Dependencies are added to them.
enum ModuleChoice {
    /// True for a module that is wanted, given its path below the release's directory.
    static func isWanted(_ path: String) -> Bool {
        let components = path.utf8.split(separator: UInt8(ascii: "/")).map { Array($0)[...] }
        return wanted.contains { $0.matches(components) } && !unwanted.contains { $0.matches(components) }
    }

    private static let wanted = (network + buses + root).map(PathPattern.init)

    private static let network = [
        "kernel/drivers/net/ethernet/**", "kernel/drivers/net/phy/**", "kernel/drivers/net/mdio/**",
        "kernel/drivers/net/pcs/**", "kernel/drivers/net/hyperv/**", "kernel/drivers/net/vmxnet3/**",
        "kernel/drivers/net/virtio_net.ko*", "kernel/drivers/net/xen-netfront.ko*",
        "kernel/drivers/net/bonding/**", "kernel/net/8021q/**", "kernel/net/packet/**",
    ]

    private static let buses = [
        "kernel/drivers/virtio/**", "kernel/drivers/hv/hv_vmbus.ko*", "kernel/drivers/hv/hv_utils.ko*",
        "kernel/drivers/pci/controller/**", "kernel/drivers/char/hw_random/**",
        "kernel/drivers/char/virtio_console.ko*",
    ]

    private static let root = [
        "kernel/drivers/block/loop.ko*", "kernel/fs/squashfs/**", "kernel/fs/overlayfs/**", "kernel/fs/efivarfs/**",
        "kernel/fs/fuse/fuse.ko*", "kernel/drivers/block/zram/zram.ko*", "kernel/crypto/lzo-rle.ko*",
        "kernel/crypto/zstd.ko*",
        "kernel/fs/ext4/ext4.ko*",
        "kernel/fs/nls/nls_utf8.ko*", "kernel/fs/nls/nls_cp437.ko*",
        "kernel/fs/nls/nls_iso8859-1.ko*", "kernel/fs/nls/nls_ascii.ko*",
    ]

    /// Large, and never the link that a machine boots over.
    private static let unwanted = [
        "kernel/net/packet/af_packet_diag.ko*", "kernel/drivers/virtio/virtio_mem.ko*",
    ].map(PathPattern.init)
}
