import LinuxSystem
import Testing

@Suite("the mount table")
struct MountsTests {
    @Test("the devices at and below a directory come innermost first, and nothing else does")
    func devices() {
        let table = """
            /dev/vda1 / ext4 rw 0 0
            /dev/vda3 /target xfs rw 0 0
            proc /target/proc proc rw 0 0
            /dev/vda4 /target/boot ext4 rw 0 0
            /dev/vda2 /target/boot/efi vfat rw 0 0
            /dev/vdb1 /targets ext4 rw 0 0
            broken
            """
        #expect(Mounts.ofDevices(at: "/target", in: table) == ["/target/boot/efi", "/target/boot", "/target"])
        #expect(Mounts.ofDevices(at: "/none", in: table).isEmpty)
    }
}
