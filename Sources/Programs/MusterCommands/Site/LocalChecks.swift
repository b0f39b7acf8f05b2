import CertificateAuthority
import LinuxSystem
import MusterAPI
import MusterBase
import Profiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What can be seen of an installation without its service.
struct LocalChecks {
    let state: StateDirectory
    /// What finds the programs that run on nodes.
    let companions: () throws -> Companions

    private static let initAdvice = "run: muster init"
    /// Octets: an image being built and packed takes about this much.
    private static let comfortableSpace: Int64 = 4 << 30
    private static let leastSpace: Int64 = 256 << 20

    func run() -> [CheckResult] {
        guard Files.isDirectory(state.path) else {
            if let error = whyNotThere() { return [fault("state directory", error)] + toolChecks() }
            return [
                CheckResult(
                    subject: "state directory", verdict: .bad, message: "\(state) is not there",
                    advice: Self.initAdvice)
            ] + toolChecks()
        }
        return [layout(), privacy(), keys(), siteArchive(), addons(), loaders(), space()] + toolChecks()
    }

    /// What keeps the state directory from being looked at; nil when it is just not there.
    private func whyNotThere() -> MusterError? {
        do throws(MusterError) {
            _ = try FilePermissions(of: state.path)
            return nil
        } catch {
            return error.code == .notFound ? nil : error
        }
    }

    private func layout() -> CheckResult {
        let wanted = [
            state.publicDirectory, state.privateDirectory, state.siteDirectory, state.imagesDirectory,
            state.profilesDirectory,
        ]
        let missing = wanted.filter { !Files.isDirectory($0) }
        if missing.isEmpty { return good("state directory", "\(state) is complete") }
        return bad("state directory", "missing: \(missing.joined(separator: ", "))", Self.initAdvice)
    }

    /// The same as musterd asks for before it serves; the store's files it mends itself.
    private func privacy() -> CheckResult {
        do {
            try FilePermissions.refuseWritableByOthers(state.path, ownGroup: ownGroup())
            try FilePermissions.refuseOpenToOthers(state.privateDirectory)
        } catch {
            guard error.code == .notFound else { return fault("private files", error) }
            return bad("private files", "\(state.privateDirectory) is not there", Self.initAdvice)
        }
        for file in ["", "-wal", "-shm"].map({ state.database + $0 }) {
            guard let permissions = try? FilePermissions(of: file), permissions.isOpenToOthers else { continue }
            return bad(
                "private files", "others may read \(file), its mode is \(permissions.text)", "run: chmod 0600 \(file)")
        }
        return good("private files", "\(state.privateDirectory) is open to its owner only")
    }

    /// The group of the service's user, who owns the directory.
    private func ownGroup() -> UInt32 {
        let owner = try? FilePermissions(of: state.path).owner
        return owner.flatMap { getpwuid($0) }?.pointee.pw_gid ?? getegid()
    }

    private func keys() -> CheckResult {
        do {
            let authority = try SiteAuthority.open(at: state.authorityDirectory)
            return good("site", "the keys of \(authority.siteName) belong together")
        } catch let error as MusterError {
            return fault("site", error)
        } catch {
            return bad("site", "\(error)", Self.initAdvice)
        }
    }

    private func siteArchive() -> CheckResult {
        let path = SiteArchives(state).sitePath
        return Files.exists(path)
            ? good("site archive", "\(path) is there") : bad("site archive", "\(path) is missing", Self.initAdvice)
    }

    private func addons() -> CheckResult {
        let archives = SiteArchives(state)
        guard Files.exists(archives.addonsPath) else {
            return bad("agent archive", "\(archives.addonsPath) is missing", Self.initAdvice)
        }
        guard let found = try? companions() else {
            return warning("agent archive", "there is no muster-agent here to compare it with", nil)
        }
        guard (try? archives.isFresh(found)) == true else {
            return warning("agent archive", "it holds another agent than \(found.agent)", Self.initAdvice)
        }
        return good("agent archive", "it holds the agent of \(found.agent)")
    }

    private func loaders() -> CheckResult {
        let missing = BootLoaders.missing(in: state.bootDirectory)
        if missing.isEmpty { return good("boot loaders", "all are in \(state.bootDirectory)") }
        return bad(
            "boot loaders", "missing in \(state.bootDirectory): \(missing.joined(separator: ", "))",
            "install Debian's package ipxe, then \(Self.initAdvice)")
    }

    private func space() -> CheckResult {
        guard let free = try? Files.freeSpace(at: state.path) else {
            return warning("disk space", "it cannot be found out for \(state)", nil)
        }
        let message = "\(sizeText(free)) free in \(state)"
        if free < Self.leastSpace { return bad("disk space", message, "remove what is not needed, or add space") }
        if free < Self.comfortableSpace { return warning("disk space", message, "an image may need more to be built") }
        return good("disk space", message)
    }

    /// Without these an image cannot be built; what runs goes on.
    private func toolChecks() -> [CheckResult] {
        let tools: [Tool] = [.mmdebstrap, .tar, .zstd]
        let missing = tools.filter { $0.installedPath == nil }
        if missing.isEmpty { return [good("programs", "all that building images needs are installed")] }
        let packages = missing.compactMap(\.package).joined(separator: " ")
        return [
            warning(
                "programs", "missing for building images: \(missing.map(\.name).joined(separator: ", "))",
                "run: apt-get install \(packages)")
        ]
    }

    private func good(_ subject: String, _ message: String) -> CheckResult {
        CheckResult(subject: subject, verdict: .good, message: message, advice: nil)
    }

    private func warning(_ subject: String, _ message: String, _ advice: String?) -> CheckResult {
        CheckResult(subject: subject, verdict: .warning, message: message, advice: advice)
    }

    private func fault(_ subject: String, _ error: MusterError) -> CheckResult {
        let bare = MusterError(error.code, error.message, cause: error.cause)
        return bad(subject, bare.description, error.advice ?? (error.code == .forbidden ? nil : Self.initAdvice))
    }

    private func bad(_ subject: String, _ message: String, _ advice: String?) -> CheckResult {
        CheckResult(subject: subject, verdict: .bad, message: message, advice: advice)
    }
}
