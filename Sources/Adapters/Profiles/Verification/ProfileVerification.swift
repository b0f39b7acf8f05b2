import DeploymentModel
import Images
import LinuxSystem
import MusterBase
import OSFamilies

extension ProfileStore {
    /// What is wrong with a profile, a sentence each, which begins with a path in the profile's directory where there is one;
    /// empty when machines can boot it. The files of its image are looked at by size alone: `ImageStore.verify` reads them.
    public func verify(_ name: String) throws -> [String] {
        let profile: Profile
        do { profile = try load(name) } catch let error as MusterError where error.code == .malformed {
            return ["\(error)"]
        }
        return bootProblems(of: profile) + KernelArgumentCheck().problems(of: profile) + answerProblems(of: profile)
            + (try scriptProblems(of: profile)) + LinkCheck(directory: path(name)).problems() + fileProblems(name)
            + playProblems(of: profile)
    }

    /// As ``verify(_:)``, and what programs of this system find that know the formats of answers and scripts, as far as they
    /// are installed.
    public func verify(_ name: String, tools: any ToolRunner) async throws -> [String] {
        var problems = try verify(name)
        guard let profile = try? load(name) else { return problems }
        if let (file, check) = answerCheck(of: profile), Files.exists("\(path(name))/\(file)"), problems.isEmpty {
            problems += try await check.problems(inFile: "\(path(name))/\(file)", tools: tools).map { "\(file): \($0)" }
        }
        for stage in Profile.Stage.allCases {
            let scripts = ProfileScripts(directory: path(name), profile: name)
            for script in try scripts.names(of: stage) {
                let check = ScriptCheck(path: "\(scripts.directory(of: stage))/\(script)")
                problems += try await check.syntaxProblems(tools: tools).map {
                    "\(scripts.place(stage))/\(script): \($0)"
                }
            }
        }
        return problems
    }

    private func answerCheck(of profile: Profile) -> (file: String, check: any AnswerFileCheck)? {
        guard case .installer(let family) = profile.system, let file = profile.installer?.answerFile,
            let check = AnswerFileChecks.check(family, file)
        else { return nil }
        return (file, check)
    }

    private func answerProblems(of profile: Profile) -> [String] {
        guard let (file, check) = answerCheck(of: profile), Files.exists("\(path(profile.name))/\(file)") else {
            return []
        }
        do {
            return check.problems(in: try Files.readText("\(path(profile.name))/\(file)", limit: 16 << 20))
                .map { "\(file): \($0)" }
        } catch { return ["\(error)"] }
    }

    private func scriptProblems(of profile: Profile) throws -> [String] {
        var problems: [String] = []
        let scripts = ProfileScripts(directory: path(profile.name), profile: profile.name)
        for stage in Profile.Stage.allCases {
            let place = scripts.place(stage)
            for file in try scripts.ignored(of: stage) {
                problems.append("\(place)/\(file) is not taken for a script, for its name")
            }
            let names = try scripts.names(of: stage)
            if !profile.stages.contains(stage), !names.isEmpty {
                problems.append("\(place) has scripts, but 'stages' leaves that stage out")
            } else if stage != .onboot, !profile.method.writesDisk, !names.isEmpty {
                problems.append("\(place) has scripts, but a system that runs from the network has no such stage")
            }
            for name in names {
                problems += ScriptCheck(path: "\(scripts.directory(of: stage))/\(name)").problems()
                    .map { "\(place)/\(name): \($0)" }
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
            return ["\(BootFiles.script) is missing; \(mend)"]
        }
        if case .installer(let family) = profile.system { problems += installerProblems(of: profile, family, mend) }
        if written != script { problems.append("\(BootFiles.script) is not what profile.yaml asks for; \(mend)") }
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
            // Without the directory, the boot script is of another medium, and that is told.
            if Files.isDirectory("\(path(profile.name))/\(BootFiles.directory)/\(medium.name)") {
                problems += try installerBoot(of: profile, medium).problems(in: path(profile.name), mend)
            }
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
