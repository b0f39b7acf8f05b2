import Crypto
import DeploymentModel
import Images
import LinuxSystem
import MusterAPI
import MusterBase
import Profiles
import Synchronization

/// The profiles in the state directory, as nodes and operators ask for them.
///
/// What a profile gives is read from disk at most once a second, however many nodes boot it at the same time.
public final class ProfileCatalog: ProfileLookup {
    private struct Known {
        var boot: Result<ProfileBoot, MusterError>
        var readAt: ContinuousClock.Instant
    }

    private let profiles: ProfileStore
    private let keys: ChunkKeys
    private let stages: StageCatalog
    private let known = Mutex<[String: Known]>([:])
    private let freshness = Duration.seconds(1)
    /// When an order of a version was last taken in: a thousand machines that boot it tell it a thousand times.
    private let ordersKept = Mutex<[ImageReference: ContinuousClock.Instant]>([:])
    private static let orderPause = Duration.seconds(60)

    public init(_ profiles: ProfileStore, keys: ChunkKeys, stages: StageCatalog? = nil) {
        self.profiles = profiles
        self.keys = keys
        self.stages = stages ?? StageCatalog(profiles)
    }

    public func chunkKey(of image: ImageReference) throws -> Secret<String> { try keys.key(of: image.name).hex }

    public func keepBootOrder(_ order: [Int], of image: ImageReference) throws {
        let now = ContinuousClock.now
        // Also of an order that is refused: looking at it costs as much as at a good one.
        let isDue = ordersKept.withLock { kept in
            if let last = kept[image], now - last < Self.orderPause { return false }
            kept[image] = now
            return true
        }
        if isDue { try profiles.images.keepBootOrder(order, of: image) }
    }

    public func boot(_ profile: String) throws -> ProfileBoot {
        let now = ContinuousClock.now
        if let found = known.withLock({ $0[profile] }), now - found.readAt < freshness { return try found.boot.get() }
        let boot: Result<ProfileBoot, MusterError>
        do {
            boot = .success(try read(profile))
        } catch let error as MusterError {
            boot = .failure(error)
        }
        known.withLock { known in
            // Names that do not exist must not pile up.
            if known.count > 1000 { known.removeAll() }
            known[profile] = Known(boot: boot, readAt: now)
        }
        return try boot.get()
    }

    public func signedLoaders(of profile: String) -> [String] { profiles.signedLoaders(of: profile) }

    /// Whether a profile that can be used has plays.
    public func hasPlays() throws -> Bool {
        try profiles.names().contains { (try? boot($0))?.work?.playStages.isEmpty == false }
    }

    public func descriptions() throws -> [ProfileDescription] { try profiles.names().map(description) }

    public func description(_ name: String) throws -> ProfileDescription {
        let profile: Profile
        do {
            profile = try profiles.load(name)
        } catch let error as MusterError where error.code != .notFound {
            return ProfileDescription(
                name: name, label: nil, family: nil, architecture: nil, method: nil, image: nil, kernelArguments: "",
                scripts: [:], problems: [error.description])
        }
        var scripts: [String: [String]] = [:]
        for stage in Profile.Stage.allCases {
            let names = try profiles.scripts(of: profile, stage: stage).map(\.name)
            if !names.isEmpty { scripts[stage.rawValue] = names }
        }
        return ProfileDescription(
            name: name, label: profile.label, family: profile.family, architecture: profile.architecture,
            method: profile.method, image: try profiles.bootedImage(of: name)?.description,
            medium: medium(of: profile), kernelArguments: profile.bootArguments.joined(separator: " "),
            scripts: scripts,
            problems: problems(name))
    }

    /// What keeps it from being given to nodes; else what `muster profile verify` finds without the help of programs.
    private func problems(_ name: String) -> [String] {
        do {
            _ = try boot(name)
            return try profiles.verify(name)
        } catch {
            let found = (try? profiles.verify(name)) ?? []
            return ["\(error)"] + found.filter { $0 != "\(error)" }
        }
    }

    private func medium(of profile: Profile) -> String? {
        guard case .installer(let family) = profile.system else { return nil }
        return try? profiles.medium(of: profile, family).name
    }

    private func read(_ name: String) throws -> ProfileBoot {
        let profile = try profiles.load(name)
        return ProfileBoot(
            method: profile.method, system: try system(of: profile), onbootScripts: try scripts(.onboot, of: profile),
            install: try install(profile), work: try stages.work(of: profile))
    }

    private func system(of profile: Profile) throws -> ProfileBoot.System {
        switch profile.system {
        case .image(let choice): try image(of: profile, choice)
        case .installer(let family):
            .installer(
                InstallerAssignment(
                    medium: try profiles.medium(of: profile, family).name, family: family.rawValue,
                    distribution: profile.family, version: profile.version, architecture: profile.architecture,
                    answers: StageScript(try profiles.answers(of: profile))))
        }
    }

    private func image(of profile: Profile, _ choice: Profile.ImageChoice) throws -> ProfileBoot.System {
        guard let image = try profiles.bootedImage(of: profile.name) else {
            throw MusterError(
                .notFound, "profile '\(profile.name)' has no boot.ipxe",
                advice: "write it: muster profile update-boot \(profile.name)")
        }
        let manifest = try profiles.images.manifestBytes(image)
        guard let digest = ContentDigest(octets: SHA256.hash(data: manifest)) else {
            throw MusterError(.internalFailure, "the digest of the manifest of \(image) has a wrong length")
        }
        let disk = choice.method == .installtodisk ? profile.install : nil
        return .image(image, manifest: digest, fill: choice.fill, disk: disk)
    }

    private func install(_ profile: Profile) throws -> ProfileInstall? {
        guard profile.method.writesDisk else { return nil }
        return ProfileInstall(
            kernelArguments: profile.installedBootArguments, preScripts: try scripts(.pre, of: profile),
            postScripts: try scripts(.post, of: profile), firstbootScripts: try scripts(.firstboot, of: profile))
    }

    private func scripts(_ stage: Profile.Stage, of profile: Profile) throws -> [StageScript] {
        try profiles.scripts(of: profile, stage: stage).map {
            StageScript(name: $0.name, path: $0.path, digest: $0.digest)
        }
    }
}

extension StageScript {
    fileprivate init(_ file: AnswerFile) { self.init(name: file.name, path: file.path, digest: file.digest) }
}
