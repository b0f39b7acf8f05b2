import DeploymentModel
import Images
import LinuxSystem
import Media
import MusterBase
import OSFamilies

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension ProfileStore {
    /// Has a profile follow this version of Muster, and the medium or image that it has now: files that the administrator did
    /// not touch get the new text, touched ones stay. All of it or nothing.
    ///
    /// - Throws: ``MusterError`` `notFound` for a profile without a record of what Muster wrote, unless one is to be made; what
    ///   keeps the new files from being written.
    public func rebase(_ name: String, _ choices: ProfileRebaseChoices) async throws -> ProfileRebase {
        try requirePresent(name)
        let lock = try lock(doing: "writing a profile")
        defer { lock.release() }
        let profile = try load(name)
        let origin = try choices.adopts ? nil : requireOrigin(name)
        let known = choices.variant ?? (choices.adopts ? try? self.origin(of: name)?.variant : nil)
        let (stock, target) = try stock(of: profile, origin, known)
        let plan = RebasePlan(
            directory: path(name), origin: origin, stock: stock, target: target, choices: choices)
        var rebase = ProfileRebase(
            profile: name, from: origin, to: target, files: try await plan.files(), bootFiles: [], stock: stock)
        let later = try self.profile(profile, after: rebase)
        rebase.bootFiles = try staleBootFiles(of: later)
        guard !choices.isDryRun else { return rebase }
        try apply(rebase)
        rebase.bootFiles = try writeBootFiles(of: later, in: path(name))
        return rebase
    }

    /// The record of what Muster wrote into a profile; nil when there is none.
    public func origin(of name: String) throws -> ProfileOrigin? { try ProfileOrigin.read(in: path(name)) }

    private func requireOrigin(_ name: String) throws -> ProfileOrigin {
        if let origin = try origin(of: name) { return origin }
        throw MusterError(
            .notFound,
            "the profile '\(name)' has no record of what Muster wrote into it: it was made by hand, or before there were such "
                + "records",
            advice: ProfileOrigin.adopting.replacing("NAME", with: name))
    }

    /// What this version of Muster writes for a profile as it is.
    private func stock(
        of profile: Profile, _ origin: ProfileOrigin?, _ choice: String?
    ) throws -> (ProfileStock, ProfileOrigin) {
        switch profile.system {
        case .image(let image):
            let named = origin?.image ?? image.given
            let stock = ProfileStock(image: named, try images.manifest(try find(image)))
            return (stock, ProfileOrigin(stock, medium: nil, image: named, variant: nil))
        case .installer(let family):
            let medium = try medium(of: profile, family)
            let word = choice ?? origin?.variant
            guard let variant = word.map({ ProfileVariant(rawValue: $0) }) ?? .standard else {
                throw MusterError(
                    .malformed, "the variant '\(word ?? "")' of the profile '\(profile.name)' is not known")
            }
            let stock = try ProfileStock(medium: medium, variant: variant)
            return (stock, ProfileOrigin(stock, medium: medium, image: nil, variant: variant))
        }
    }

    /// The profile as its file says after the change: one that could not be read is refused here.
    private func profile(_ profile: Profile, after rebase: ProfileRebase) throws -> Profile {
        let file = rebase.files.first { $0.path == ProfileStock.settings }
        guard case .text(let text)? = file?.write else { return profile }
        return try Profile.parse(
            String(decoding: text, as: UTF8.self), file: ProfileStock.settings, name: profile.name)
    }

    private func apply(_ rebase: ProfileRebase) throws {
        let directory = path(rebase.profile)
        var files = StagedFiles(directory: directory, staging: "\(directory)/\(ProfileRebase.staging)")
        try files.begin()
        do {
            for file in rebase.files {
                switch file.write {
                case .text(let text): try files.write(text, to: file.path)
                case .removal: files.remove(file.path)
                case nil: break
                }
            }
            // The record last: a run that is killed before that finds its own texts, and goes on.
            var record = rebase.to
            for file in rebase.files where file.outcome != .unchanged || rebase.isNewRecord {
                try stageOrigin(of: file, rebase, &record, &files)
            }
            record.files.sort()
            try files.write(try record.encoded(), to: ProfileOrigin.recordPath)
            try files.commit()
        } catch {
            files.discard()
            throw error
        }
        files.discard()
    }

    /// What a later rebase compares with. For a kept file that is still the old text: its change is not taken yet.
    private func stageOrigin(
        of file: ProfileRebase.File, _ rebase: ProfileRebase, _ record: inout ProfileOrigin, _ files: inout StagedFiles
    ) throws {
        let path = ProfileOrigin.textPath(file.path)
        if file.outcome == .kept {
            let isKnown = rebase.from?.files.contains(file.path) ?? false
            record.files.removeAll { $0 == file.path }
            if isKnown { record.files.append(file.path) }
        } else if let text = rebase.stock.text(file.path) {
            try files.write(Array(text.utf8), to: path)
        } else {
            files.remove(path)
        }
    }
}

extension Profile.ImageChoice {
    /// As `muster profile create` takes it.
    fileprivate var given: String { if case .number(let number) = version { "\(name)@\(number)" } else { name } }
}
