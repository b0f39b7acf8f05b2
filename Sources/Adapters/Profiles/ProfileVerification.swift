import DeploymentModel
import Images
import LinuxSystem
import MusterBase
import OSFamilies

extension ProfileStore {
    /// What is wrong with a profile, a sentence each; empty when machines can boot it. The files of its image are looked
    /// at by size alone: `ImageStore.verify` reads them.
    public func verify(_ name: String) throws -> [String] {
        let profile: Profile
        do { profile = try load(name) } catch let error as MusterError where error.code == .malformed {
            return ["\(error)"]
        }
        var problems = bootProblems(of: profile)
        for stage in Profile.Stage.allCases {
            let scripts = ProfileScripts(directory: path(name), profile: name)
            for file in try scripts.ignored(of: stage) {
                problems.append("\(stage.rawValue).d/\(file) is not taken for a script, for its name")
            }
            if !profile.stages.contains(stage), try !scripts.scripts(of: stage).isEmpty {
                problems.append("\(stage.rawValue).d has scripts, but 'stages' leaves that stage out")
            }
        }
        return problems
    }

    private func bootProblems(of profile: Profile) -> [String] {
        let mend = "run: muster profile update-boot \(profile.name)"
        let script: String
        do { script = try renderedScript(for: profile) } catch { return ["\(error)"] }
        var problems: [String] = []
        guard let written = try? Files.readText(scriptPath(profile.name), limit: 1 << 20) else {
            return ["boot.ipxe is missing; \(mend)"]
        }
        if case .installer(let family) = profile.system { problems += installerProblems(of: profile, family, mend) }
        if written != script { problems.append("boot.ipxe is not what profile.yaml asks for; \(mend)") }
        guard let booted = BootScript.image(ofScript: written) else { return problems }
        guard let manifest = try? images.manifest(booted) else {
            return problems + ["machines boot \(booted), which is not there; \(mend)"]
        }
        if manifest.architecture != profile.architecture {
            problems.append("\(booted) is for \(manifest.architecture), the profile for \(profile.architecture)")
        }
        for file in manifest.files where Files.size("\(images.path(booted))/\(file.name)") != file.size {
            problems.append("\(file.name) of \(booted) is missing or has another size than it should")
        }
        return problems
    }

    private func installerProblems(of profile: Profile, _ family: OSFamily, _ mend: String) -> [String] {
        var problems: [String] = []
        if let answers = profile.installer?.answerFile, !Files.exists("\(path(profile.name))/\(answers)") {
            problems.append("the answer file \(answers) is missing")
        }
        do {
            let medium = try medium(of: profile, family)
            problems += try installerBoot(of: profile, medium).problems(in: path(profile.name), mend)
            if medium.architecture != profile.architecture {
                problems.append(
                    "\(medium.label) is for \(medium.architecture), the profile for \(profile.architecture)")
            }
        } catch {
            problems.append("\(error)")
        }
        return problems
    }
}
