import Glibc
import LinuxSystem
import MusterBase

/// Starts the QEMU of a machine, and keeps what it needs on disk.
struct MachineStarter {
    let acceleration: LabAcceleration
    /// Absolute path of `lab/`, where this process stands.
    let directory: String

    /// - Returns: The process id.
    func start(_ machine: LabMachine) throws -> Int32 {
        guard let qemu = Tool.qemuX86.installedPath else {
            throw MusterError(
                .unavailable, "the program \(Tool.qemuX86.name) is not installed",
                advice: "install it: apt install qemu-system-x86")
        }
        let firmware = machine.firmware.isUEFI ? try FirmwareFiles.find(for: machine.firmware) : nil
        let variables = LabDirectory.variablesName(machine.name)
        if let firmware, !Files.exists(variables) { try Files.copy(firmware.variables, to: variables, mode: 0o600) }
        for (index, size) in machine.disks.enumerated() {
            try makeDisk(LabDirectory.diskName(machine.name, index), mebibytes: size)
        }
        if machine.hasTPM { try startTPM(machine.name) }
        try LabPlumbing().attach(machine)
        let arguments = QEMUArguments(machine: machine, acceleration: acceleration, firmware: firmware).list
        return try ChildProcess.spawn(
            qemu, arguments, log: LabDirectory.qemuLogName(machine.name), newSession: true)
    }

    /// It ends with the QEMU that connects to it.
    private func startTPM(_ machine: String) throws {
        guard let swtpm = Tool.swtpm.installedPath else {
            throw MusterError(
                .unavailable, "the program \(Tool.swtpm.name) is not installed", advice: "install it: apt install swtpm"
            )
        }
        // In the background it stands elsewhere.
        let state = "\(directory)/\(LabDirectory.tpmStateName(machine))"
        try Files.createDirectory(state, mode: 0o700)
        let log = LabDirectory.tpmLogName(machine)
        // It goes to the background as soon as its socket is there.
        let process = try ChildProcess.spawn(
            swtpm,
            [
                "socket", "--tpm2", "--daemon", "--terminate", "--tpmstate", "dir=\(state),mode=0600", "--ctrl",
                "type=unixio,path=\(LabDirectory.tpmSocketName(machine)),mode=0600", "--log", "file=\(log),level=1",
            ], log: log, newSession: true)
        let status = try ChildProcess.wait(process)
        guard status == 0 else {
            let said = (try? Files.readText(log).suffix(300)).map(String.init) ?? "nothing"
            throw MusterError(
                .systemFailure, "the TPM of \(machine) does not start: swtpm ended with \(status): \(said)")
        }
    }

    /// A disk that is there keeps what is on it.
    private func makeDisk(_ path: String, mebibytes: Int) throws {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw systemError("cannot make the disk \(path)") }
        defer { close(file) }
        guard ftruncate(file, off_t(mebibytes) << 20) == 0 else { throw systemError("cannot make the disk \(path)") }
    }
}
