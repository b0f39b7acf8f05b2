import MusterBase

/// Agama, from SUSE Linux Enterprise and Leap 16 on, by its JSON profile (Agama's "Unattended installation", profile.schema.json).
///
/// Its initramfs is dracut's, and /run goes along into the live system, where a service reads the file that `inst.auto` names.
public struct AgamaInstaller: MachineInstaller {
    public init() {}

    public let answerFile = "agama.json"

    public static let answersPath = "/run/muster-agent/agama.json"

    public func kernelArguments(for system: InstalledSystem, consoles: [String]) -> [String] {
        ["inst.auto=file://\(Self.answersPath)", "systemd.show_status=1", "plymouth.enable=0"]
            + consoles.map { "console=\($0)" }
    }

    public func defaultAnswers(for system: InstalledSystem, variant: ProfileVariant) -> String {
        let isLeap = system.distribution == "opensuse-leap"
        let version = "\(system.majorVersion ?? 16).\(system.minorVersion ?? 0)"
        let patterns: JSONValue =
            switch variant {
            case .standard: isLeap ? ["base", "enhanced_base"] : ["base", "enhanced_base", "cockpit"]
            case .minimal: ["minimal_base"]
            case .hpc: ["minimal_base", "devel_basis"]
            }
        var software: JSONValue = ["patterns": patterns]
        if variant == .hpc {
            software["packages"] = [
                "gcc", "gcc-c++", "gcc-fortran", "make", "git-core", "hwloc", "numactl", "rdma-core", "nfs-client",
            ]
        }
        let answers: JSONValue = [
            "product": ["id": .text(isLeap ? "Leap_\(version)" : "SLES")], "software": software,
            "storage": ["drives": [Self.wholeDisk]], "questions": ["policy": "auto"],
        ]
        return answers.prettyText
    }

    /// All that is on the disk goes; the distribution lays out what comes.
    fileprivate static let wholeDisk: JSONValue = [
        "partitions": [["search": "*", "delete": true], ["generate": "default"]]
    ]

    public func files(
        for machine: MachineAnswers, of system: InstalledSystem, profile: String
    ) throws(MusterError) -> [AnswerFile] {
        let text = try AgamaAnswers(machine: machine).value(joinedTo: profile).prettyText
        return [AnswerFile(machine.validDisk == nil ? .start : .disk, Self.answersPath, text)]
    }
}

/// The profile's answers with a machine's own in them.
struct AgamaAnswers {
    let machine: MachineAnswers

    func value(joinedTo profile: String) throws(MusterError) -> JSONValue {
        var answers = try JSONValue(profile, in: "agama.json").merged(with: place)
        if !machine.network.isEmpty {
            answers["network"] = try JSONValue(machine.network, in: "the machine's network")
        }
        let arguments = machine.validKernelArguments.joined(separator: " ")
        if !arguments.isEmpty {
            answers = answers.merged(with: ["bootloader": ["extraKernelParams": .text(arguments)]])
        }
        if let disk = machine.validDisk { setDisk(disk, in: &answers) }
        addHook(to: &answers)
        return answers
    }

    private var place: JSONValue {
        var value: JSONValue = ["root": root]
        if let name = machine.fullName { value["hostname"] = ["static": .text(name)] }
        value["localization"] = [
            "language": .text(machine.validLanguage ?? "en_US.UTF-8"),
            "keyboard": .text(keyboard), "timezone": .text(machine.validTimeZone ?? "Etc/UTC"),
        ]
        return value
    }

    /// A keymap of the console: `us`, and `us-intl` for a variant.
    private var keyboard: String {
        guard let layout = machine.keyboardLayouts.first else { return "us" }
        return layout.variant.map { "\(layout.layout)-\($0)" } ?? layout.layout
    }

    /// `!` is the hash of no password: Agama wants to know how root is let in.
    private var root: JSONValue {
        var root: JSONValue = ["password": .text(machine.validCrypt ?? "!"), "hashedPassword": true]
        if !machine.validKeys.isEmpty { root["sshPublicKey"] = .text(machine.validKeys.joined(separator: "\n")) }
        return root
    }

    /// The first drive that no search is said for.
    private func setDisk(_ disk: String, in answers: inout JSONValue) {
        var storage = answers["storage"] ?? [:]
        var drives = storage["drives"]?.asList ?? []
        if drives.isEmpty { drives = [AgamaInstaller.wholeDisk] }
        guard let index = drives.firstIndex(where: { $0["search"] == nil }) else { return }
        drives[index]["search"] = .text(disk)
        storage["drives"] = .list(drives)
        answers["storage"] = storage
    }

    /// Behind the profile's own scripts, with the target at /mnt.
    private func addHook(to answers: inout JSONValue) {
        var scripts = answers["scripts"] ?? [:]
        let hook: JSONValue = [
            "name": "muster", "chroot": false, "content": .text("#!/bin/sh\n\(machine.hookLine(.finish))\n"),
        ]
        scripts["post"] = .list((scripts["post"]?.asList ?? []) + [hook])
        answers["scripts"] = scripts
    }
}
