import LinuxSystem
import MusterBase

/// Seals the key of an encrypted root to the state in which this machine started from its disk: the installation ran in
/// a system that was started in another way, and could not know that state.
///
/// At each moment one binding at least is good: broken off at any point, it does the rest the next time.
package struct DiskSeal: Codable, Sendable, Hashable {
    /// `/dev/disk/by-partuuid/…`
    package let partition: String
    /// Platform configuration registers; never empty.
    package let registers: [Int]

    package init(partition: String, registers: [Int]) {
        self.partition = partition
        self.registers = registers
    }

    private var numbers: String { registers.map(String.init).joined(separator: ",") }
    private var wanted: String { "\"pcr_ids\":\"\(numbers)\"" }

    /// - Returns: for the trace.
    package func seal(with tools: any ToolRunner) async throws -> String {
        let before = Self.bindings(
            try await tools.check(
                .clevis, ["luks", "list", "-d", partition], doing: "reading who opens \(partition)"
            ).text)
        if !before.contains(where: { $0.settings.contains(wanted) }) {
            guard let open = before.first else {
                throw MusterError(
                    .unsupported, "no key of \(partition) is with the TPM",
                    advice: "install the machine anew, or bind the disk by hand: clevis-luks-bind(1)")
            }
            try await bind(open.slot, tools)
        }
        for binding in before where !binding.settings.contains(wanted) {
            _ = try await tools.check(
                .clevis, ["luks", "unbind", "-f", "-d", partition, "-s", binding.slot],
                doing: "taking the unsealed key from \(partition)")
        }
        return "the key of the disk is sealed to the TPM's registers \(numbers)"
    }

    private func bind(_ slot: String, _ tools: any ToolRunner) async throws {
        let key = Secret(
            try await tools.check(
                .clevis, ["luks", "pass", "-d", partition, "-s", slot], doing: "asking the TPM for the disk's key"
            ).standardOutput)
        _ = try await tools.check(
            .clevis, ["luks", "bind", "-k", "-", "-d", partition, "tpm2", "{\"pcr_bank\":\"sha256\",\(wanted)}"],
            ToolOptions(standardInput: key.reveal()), doing: "sealing the disk's key")
    }

    /// Those of the TPM in the answer of `clevis luks list`: `1: tpm2 '{"hash":"sha256"}'`.
    package static func bindings(_ text: String) -> [(slot: String, settings: String)] {
        text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, Int(parts[0]) != nil else { return nil }
            let rest = parts[1].drop { $0 == " " }
            return rest.hasPrefix("tpm2 ") ? (String(parts[0]), String(rest.dropFirst(5))) : nil
        }
    }
}
