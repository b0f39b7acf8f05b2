import Glibc
import MusterBase

/// Where a lab keeps its things: `lab/` in the state directory. Removed when the lab goes down.
package struct LabDirectory: Sendable {
    package let stateDirectory: String

    package init(stateDirectory: String) { self.stateDirectory = stateDirectory }

    package var root: String { stateDirectory + "/lab" }
    package var configuration: String { root + "/lab.json" }
    package var control: String { root + "/" + Self.controlName }
    package var supervisorLog: String { root + "/supervisor.log" }
    package func log(ofService name: String) -> String { root + "/\(name).log" }
    package func consoleLog(_ machine: String) -> String { root + "/" + Self.consoleLogName(machine) }
    package func console(_ machine: String) -> String { root + "/" + Self.consoleName(machine) }

    /// Whether KVM works is found out once a start of the host; kept outside `lab/` so that the next lab has it.
    package var acceleration: String { stateDirectory + "/lab-acceleration.json" }

    // Names relative to `lab/`, where the supervisor and its children stand: the path of a Unix socket is limited to
    // 107 octets, and state directories may lie deep.
    package static let controlName = "control.sock"
    package static let configurationName = "lab.json"
    package static let directories = ["consoles", "machines"]
    package static func consoleLogName(_ machine: String) -> String { "consoles/\(machine).log" }
    package static func consoleName(_ machine: String) -> String { "consoles/\(machine).sock" }
    package static func monitorName(_ machine: String) -> String { "machines/\(machine).qmp" }
    package static func variablesName(_ machine: String) -> String { "machines/\(machine).vars.fd" }
    package static func diskName(_ machine: String, _ disk: Int) -> String { "machines/\(machine).disk\(disk)" }
    package static func tpmStateName(_ machine: String) -> String { "machines/\(machine).tpm" }
    package static func tpmSocketName(_ machine: String) -> String { "machines/\(machine).tpm.sock" }
    package static func tpmLogName(_ machine: String) -> String { "machines/\(machine).tpm.log" }
    package static func qemuLogName(_ machine: String) -> String { "machines/\(machine).log" }
}

extension LabDirectory {
    /// Refuses a lab of another user: its socket would look as if nobody listened there.
    package func refuseForeign() throws(MusterError) {
        for path in [stateDirectory, root] where access(path, R_OK | W_OK | X_OK) != 0 && errno != ENOENT {
            // The state directory may be read-only for who may not use the lab in it.
            if path == stateDirectory, access(path, X_OK) == 0 { continue }
            throw MusterError(
                .forbidden, "the lab in \(stateDirectory) is another user's: permission denied",
                advice: "run it as that user, or give a directory of your own with --state-dir")
        }
    }
}
