import MusterAgent
import MusterBase
import Testing

@Suite("the settings of an installed system")
struct InstalledFilesTests {
    @Test("the settings of the boot from disk name partitions, console and the profile's arguments")
    func files() throws {
        let changes = InstalledFiles(
            rootPartition: "r-1", efiPartition: "e-2", fileSystem: .xfs,
            kernelArguments: ["console=tty0", "console=ttyS1,57600n8", "quiet"],
            fileSystems: "/dev/sda1 / ext4 defaults 0 1\nstore:/home /home nfs ro 0 0\n"
        ).changes
        func text(_ path: String) throws -> String {
            for case .file(path, let content, _) in changes { return String(decoding: content, as: UTF8.self) }
            throw MusterError(.notFound, path)
        }
        #expect(try text("/etc/fstab").contains("\nPARTUUID=r-1 / xfs defaults 0 0\nPARTUUID=e-2 /boot/efi vfat "))
        #expect(try text("/etc/fstab").hasSuffix("\nstore:/home /home nfs ro 0 0\n"))
        #expect(try !text("/etc/fstab").contains("sda1"))
        let loader = try text("/etc/default/grub.d/muster.cfg")
        #expect(loader.contains("\nGRUB_CMDLINE_LINUX=\"console=tty0 console=ttyS1,57600n8 quiet\"\n"))
        #expect(loader.contains("\nGRUB_SERIAL_COMMAND=\"serial --unit=1 --speed=57600\"\n"))
        #expect(InstalledFiles.serialCommand(["console=ttyS0"]) == "serial --unit=0 --speed=9600")
        #expect(InstalledFiles.serialCommand(["console=hvc0", "quiet"]) == nil)
    }
}
