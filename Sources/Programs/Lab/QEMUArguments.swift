/// The arguments that a machine's QEMU is started with. All relative paths are below `lab/`.
package struct QEMUArguments: Sendable {
    package let machine: LabMachine
    package let acceleration: LabAcceleration
    /// nil for BIOS.
    package let firmware: FirmwareFiles?

    package init(machine: LabMachine, acceleration: LabAcceleration, firmware: FirmwareFiles?) {
        self.machine = machine
        self.acceleration = acceleration
        self.firmware = firmware
    }

    package var list: [String] {
        base + processor + identity + console + monitor + boot + cards + disks + tpm
            + ["-device", "virtio-rng-pci"]
    }

    private var base: [String] {
        // Without graphics SeaBIOS and the ROMs write to the serial port: the console tells of PXE too.
        ["-name", machine.name, "-nodefaults", "-no-user-config", "-display", "none"] + board
    }

    private var board: [String] {
        guard machine.firmware == .uefiSecureBoot else { return ["-machine", "q35,graphics=off"] }
        // The system cannot write to the firmware's variables but through the firmware.
        return ["-machine", "q35,graphics=off,smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on"]
    }

    private var processor: [String] {
        let model: [String] =
            switch acceleration {
            case .kvm: ["-accel", "kvm", "-cpu", "host"]
            // Five-level page tables cost an emulated machine time and give it nothing. QEMU 7 goes through all that it
            // ever translated of a page at each write to it: after an installation, clearing one page of memory that was
            // a library's took minutes. What is translated is thrown away sooner, therefore (MiB).
            case .emulation: ["-accel", "tcg,thread=multi,tb-size=128", "-cpu", "max,la57=off"]
            }
        return model + ["-smp", String(machine.processors), "-m", "\(machine.memory)M"]
    }

    private var identity: [String] {
        ["-smbios", "type=1,manufacturer=Muster,product=Lab,serial=\(machine.serial),uuid=\(machine.uuid)"]
    }

    private var console: [String] {
        let name = LabDirectory.consoleName(machine.name)
        let log = LabDirectory.consoleLogName(machine.name)
        return [
            "-chardev", "socket,id=console,path=\(name),server=on,wait=off,logfile=\(log),logappend=on",
            "-serial", "chardev:console",
        ]
    }

    private var monitor: [String] { ["-qmp", "unix:\(LabDirectory.monitorName(machine.name)),server=on,wait=off"] }

    private var boot: [String] {
        // A machine that finds nothing to boot tries again for ever, as real ones are set to. SeaBIOS does so by
        // itself, after this many milliseconds; for OVMF the supervisor does it.
        guard let firmware else { return ["-boot", "menu=off,reboot-timeout=3000"] }
        return [
            "-drive", "if=pflash,unit=0,format=raw,readonly=on,file=\(firmware.code)",
            "-drive", "if=pflash,unit=1,format=raw,file=\(LabDirectory.variablesName(machine.name))",
            // Else it waits a minute for routers that the lab has not.
            "-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n",
            "-fw_cfg", "name=opt/org.tianocore/IPv6Support,string=n",
        ]
    }

    private var disks: [String] {
        machine.disks.indices.flatMap { index in
            let order = index == 0 && !machine.firmware.isUEFI ? ",bootindex=2" : ""
            return [
                // What the host has not written yet may get lost with the host: such is a lab.
                "-drive",
                "if=none,id=disk\(index),format=raw,cache=unsafe,discard=unmap,"
                    + "file=\(LabDirectory.diskName(machine.name, index))",
                "-device", "virtio-blk-pci,drive=disk\(index),serial=\(machine.serial)-\(index)\(order)",
            ]
        }
    }

    private var tpm: [String] {
        guard machine.hasTPM else { return [] }
        return [
            "-chardev", "socket,id=tpm,path=\(LabDirectory.tpmSocketName(machine.name))",
            "-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-tis,tpmdev=tpm0",
        ]
    }

    private var cards: [String] {
        machine.networks.indices.flatMap { index in
            let mac = machine.mac(ofCard: index)
            var device = "virtio-net-pci,netdev=net\(index),mac=\(mac)"
            // OVMF keeps to an order that is given here at each start, also against the one that a system set, and then
            // tries HTTP boot before disks.
            if index == 0, !machine.firmware.isUEFI || machine.disks.isEmpty { device += ",bootindex=1" }
            // An empty ROM leaves network boot to the firmware. BIOS has none of its own.
            if [.uefi, .uefiHTTP, .uefiSecureBoot].contains(machine.firmware) || index > 0 { device += ",romfile=" }
            return [
                "-netdev", "tap,id=net\(index),ifname=\(machine.tap(ofCard: index)),script=no,downscript=no",
                "-device", device,
            ]
        }
    }
}
