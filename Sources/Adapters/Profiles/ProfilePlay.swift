import LinuxSystem
import MusterBase
import NodeRange

/// An Ansible playbook that the server runs against nodes in a stage.
public struct ProfilePlay: Hashable, Sendable {
    public let stage: Profile.Stage
    /// The file's name, such as `10-users.yml`.
    public let name: String
    /// On this member.
    public let path: String
}

extension ProfileStore {
    /// The stages in which a node has a system that a play can work in.
    public static let playStages: [Profile.Stage] = [.firstboot, .onboot]

    /// Where a profile's plays are, with what they use: `roles/` and the rest.
    public func playDirectory(_ profile: String) -> String { "\(path(profile))/ansible" }

    /// The plays of one stage in the order in which they run; none when the profile leaves the stage out.
    ///
    /// - Throws: ``MusterError`` `unsupported` for plays in a stage that takes none.
    public func plays(of profile: Profile, stage: Profile.Stage) throws -> [ProfilePlay] {
        guard profile.stages.contains(stage) else { return [] }
        let names = try playbooks(profile.name, stage)
        guard names.isEmpty || Self.playStages.contains(stage) else {
            throw MusterError(
                .unsupported,
                "ansible/\(stage.rawValue).d has plays, and in that stage no system runs that could take them",
                advice: "put them into ansible/firstboot.d, which runs at the first start, or use a script")
        }
        return names.map {
            ProfilePlay(stage: stage, name: $0, path: "\(playDirectory(profile.name))/\(stage.rawValue).d/\($0)")
        }
    }

    /// What is wrong with a profile's plays, a line each.
    public func playProblems(of profile: Profile) -> [String] {
        Profile.Stage.allCases.flatMap { stage -> [String] in
            do {
                _ = try plays(of: profile, stage: stage)
                guard try !playbooks(profile.name, stage).isEmpty else { return [] }
                if !profile.stages.contains(stage) {
                    return ["ansible/\(stage.rawValue).d has plays, but 'stages' leaves that stage out"]
                }
                if stage == .firstboot, !profile.method.writesDisk {
                    return ["ansible/firstboot.d has plays, and that stage is for systems on a disk: use onboot.d"]
                }
                return []
            } catch {
                return ["\(error)"]
            }
        }
    }

    /// Names of files that end in `.yml` or `.yaml`, in natural order. What stands beside them is theirs: roles, files,
    /// templates.
    private func playbooks(_ profile: String, _ stage: Profile.Stage) throws -> [String] {
        let directory = "\(playDirectory(profile))/\(stage.rawValue).d"
        guard Files.isDirectory(directory) else { return [] }
        return try Files.names(in: directory)
            .filter { name in
                !name.hasPrefix(".") && !name.hasPrefix("-") && (name.hasSuffix(".yml") || name.hasSuffix(".yaml"))
                    && !Files.isDirectory("\(directory)/\(name)")
            }
            .sorted(by: naturallyPrecedes)
    }
}
