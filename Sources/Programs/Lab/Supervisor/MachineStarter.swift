import Glibc
import LinuxSystem
import MusterBase

/// Starts the QEMU of a machine, and keeps what it needs on disk.
struct MachineStarter {
    let acceleration: LabAcceleration

    /// - Returns: The process id.
    func start(_ machine: LabMachine) throws -> Int32 {
        guard let qemu = Tool.qemuX86.installedPath else {
            throw MusterError(
                .unavailable, "the program \(Tool.qemuX86.name) is not installed",
                advice: "install it: apt install qemu-system-x86")
        }
        let firmware = machine.firmware.isUEFI ? try FirmwareFiles.find() : nil
        let variables = LabDirectory.variablesName(machine.name)
        if let firmware, !Files.exists(variables) { try Files.copy(firmware.variables, to: variables, mode: 0o600) }
        for (index, size) in machine.disks.enumerated() {
            try makeDisk(LabDirectory.diskName(machine.name, index), mebibytes: size)
        }
        try LabPlumbing().attach(machine)
        let arguments = QEMUArguments(machine: machine, acceleration: acceleration, firmware: firmware).list
        return try ChildProcess.spawn(
            qemu, arguments, log: LabDirectory.qemuLogName(machine.name), newSession: true)
    }

    /// A disk that is there keeps what is on it.
    private func makeDisk(_ path: String, mebibytes: Int) throws {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw systemError("cannot make the disk \(path)") }
        defer { close(file) }
        guard ftruncate(file, off_t(mebibytes) << 20) == 0 else { throw systemError("cannot make the disk \(path)") }
    }
}
