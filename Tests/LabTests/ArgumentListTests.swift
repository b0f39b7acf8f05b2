import Lab
import MusterBase
import Testing

@Suite("Argument lists of external programs")
struct ArgumentListTests {
    private let files = FirmwareFiles(code: "/code.fd", variables: "/vars.fd")

    private func arguments(_ machine: LabMachine, _ acceleration: LabAcceleration = .emulation) -> [String] {
        QEMUArguments(
            machine: machine, acceleration: acceleration, firmware: machine.firmware.isUEFI ? files : nil
        ).list
    }

    @Test("a BIOS machine boots from the iPXE of its network card, for ever, with its console in a file and a socket")
    func bios() {
        let machine = LabMachine(lab: "demo", index: 1, memory: 1024)
        #expect(
            arguments(machine) == [
                "-name", "n1", "-nodefaults", "-no-user-config", "-display", "none",
                "-machine", "q35,graphics=off", "-accel", "tcg,thread=multi,tb-size=128", "-cpu", "max,la57=off",
                "-smp", "1", "-m", "1024M",
                "-smbios", "type=1,manufacturer=Muster,product=Lab,serial=DEMO-1,uuid=\(machine.uuid)",
                "-chardev",
                "socket,id=console,path=consoles/n1.sock,server=on,wait=off,logfile=consoles/n1.log,logappend=on",
                "-serial", "chardev:console", "-qmp", "unix:machines/n1.qmp,server=on,wait=off",
                "-boot", "menu=off,reboot-timeout=3000",
                "-netdev", "tap,id=net0,ifname=tap1n0,script=no,downscript=no",
                "-device", "virtio-net-pci,netdev=net0,mac=\(machine.mac),bootindex=1",
                "-device", "virtio-rng-pci",
            ])
    }

    @Test("a machine with disks starts from the network first, and UEFI keeps the order that a system has set")
    func disks() {
        let bios = arguments(LabMachine(lab: "demo", index: 1, disks: [4096, 8192]))
        #expect(
            bios.contains(
                "if=none,id=disk1,format=raw,cache=unsafe,discard=unmap,file=machines/n1.disk1"))
        #expect(bios.contains("virtio-blk-pci,drive=disk0,serial=DEMO-1-0,bootindex=2"))
        #expect(bios.contains("virtio-blk-pci,drive=disk1,serial=DEMO-1-1"))
        #expect(bios.contains { $0.hasPrefix("virtio-net-pci") && $0.hasSuffix(",bootindex=1") })
        let uefi = arguments(LabMachine(lab: "demo", index: 2, firmware: .uefi, disks: [4096]))
        #expect(!uefi.contains { $0.contains("bootindex") })
    }

    @Test("a machine with a TPM is connected to the program that emulates it, another is not")
    func tpm() {
        let list = arguments(LabMachine(lab: "demo", index: 1, hasTPM: true))
        #expect(list.contains("socket,id=tpm,path=machines/n1.tpm.sock"))
        #expect(list.contains("tpm-tis,tpmdev=tpm0"))
        #expect(!arguments(LabMachine(lab: "demo", index: 1)).contains { $0.contains("tpm") })
    }

    @Test("a UEFI machine has variables of its own and PXE of its firmware")
    func uefi() {
        let list = arguments(LabMachine(lab: "demo", index: 2, firmware: .uefi))
        #expect(list.contains("if=pflash,unit=0,format=raw,readonly=on,file=/code.fd"))
        #expect(list.contains("if=pflash,unit=1,format=raw,file=machines/n2.vars.fd"))
        #expect(list.contains { $0.hasPrefix("virtio-net-pci") && $0.hasSuffix(",bootindex=1,romfile=") })
        #expect(!list.contains("-boot"))
    }

    @Test("a UEFI machine with iPXE keeps the card's ROM")
    func uefiWithIPXE() {
        let list = arguments(LabMachine(lab: "demo", index: 2, firmware: .uefiWithIPXE))
        #expect(list.contains { $0.hasPrefix("virtio-net-pci") && $0.hasSuffix(",bootindex=1") })
    }

    @Test("only the first card is booted from")
    func secondCard() {
        let machine = LabMachine(lab: "demo", index: 3, networks: ["muster0", "storage0"])
        let cards = arguments(machine).filter { $0.hasPrefix("virtio-net-pci") }
        #expect(cards.count == 2)
        #expect(cards.last == "virtio-net-pci,netdev=net1,mac=\(machine.mac(ofCard: 1)),romfile=")
    }

    @Test("KVM machines have the processor of the host")
    func kvm() {
        let list = arguments(LabMachine(lab: "demo", index: 1), .kvm)
        #expect(list.firstIndex(of: "kvm").map { list[list.index(before: $0)] } == "-accel")
        #expect(list.contains("host"))
        #expect(!list.contains { $0.contains("tcg") })
    }

    @Test("root makes no user namespace, others do; both die with either process")
    func namespaces() {
        let command = ["/usr/bin/muster", "lab", "supervise"]
        let root = NamespaceEntry.detachedArguments(asRoot: true, unshare: "/usr/bin/unshare", command: command)
        #expect(
            root == [
                "--fork", "/usr/bin/unshare", "--net", "--pid", "--mount", "--fork", "--kill-child=SIGKILL",
                "--mount-proc", "--", "/usr/bin/muster", "lab", "supervise",
            ])
        let user = NamespaceEntry.detachedArguments(asRoot: false, unshare: "/usr/bin/unshare", command: command)
        #expect(user == Array(root[..<2]) + ["--user", "--map-root-user"] + Array(root[2...]))
    }

    @Test("a command enters all namespaces, so that it ends with the lab")
    func enter() {
        let list = NamespaceEntry.enterArguments(
            process: 42, enteringUser: false, workingDirectory: "/w", command: ["ssh", "-p", "22"])
        #expect(list == ["--target", "42", "--net", "--pid", "--mount", "--wd=/w", "--", "ssh", "-p", "22"])
        let user = NamespaceEntry.enterArguments(
            process: 42, enteringUser: true, workingDirectory: "/w", command: ["id"])
        #expect(user.starts(with: ["--target", "42", "--user", "--preserve-credentials", "--net"]))
    }
}
