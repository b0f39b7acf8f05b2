import LinuxSystem
import MusterBase

/// Where the distributions put OVMF.
package struct FirmwareFiles: Sendable, Hashable {
    /// The code, shared and read-only.
    package let code: String
    /// The empty variable store that each machine gets a copy of.
    package let variables: String

    package init(code: String, variables: String) {
        self.code = code
        self.variables = variables
    }

    private static let candidates = [
        FirmwareFiles(code: "/usr/share/OVMF/OVMF_CODE_4M.fd", variables: "/usr/share/OVMF/OVMF_VARS_4M.fd"),
        FirmwareFiles(code: "/usr/share/edk2/ovmf/OVMF_CODE.fd", variables: "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
        FirmwareFiles(code: "/usr/share/edk2/x64/OVMF_CODE.4m.fd", variables: "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
    ]

    /// With Microsoft's keys in their variables.
    private static let secureBootCandidates = [
        FirmwareFiles(code: "/usr/share/OVMF/OVMF_CODE_4M.ms.fd", variables: "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"),
        FirmwareFiles(
            code: "/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd", variables: "/usr/share/edk2/ovmf/OVMF_VARS.secboot.fd"),
    ]

    /// The first of the known places that has both files.
    package static func find(for firmware: LabFirmware) throws(MusterError) -> FirmwareFiles {
        let places = firmware == .uefiSecureBoot ? secureBootCandidates : candidates
        guard let found = places.first(where: { Files.exists($0.code) && Files.exists($0.variables) }) else {
            throw MusterError(
                .unavailable, "the UEFI firmware for virtual machines is not installed",
                advice: "install it: apt install ovmf")
        }
        return found
    }
}
