import CertificateAuthority
import LinuxSystem
import MusterAPI
import MusterBase
import Profiles

/// Makes a state directory ready for musterd, or mends one: what is there and good is left as it is, keys always.
struct SiteSetup {
    let state: StateDirectory
    let tools: any ToolRunner
    let clock: WallClock

    /// One thing that was looked at.
    struct Step: Encodable, Hashable {
        enum Action: String, Encodable {
            case made
            case refreshed
            case kept
        }

        var subject: String
        var action: Action
    }

    private(set) var steps: [Step] = []
    /// What could not be done; the rest was done all the same.
    private(set) var problems: [MusterError] = []

    init(_ state: StateDirectory, tools: any ToolRunner, clock: WallClock) {
        self.state = state
        self.tools = tools
        self.clock = clock
    }

    /// Makes directories, keys and settings; then what is derived from them.
    ///
    /// - Parameters:
    ///   - siteName: For a new site; nil for the standard name. An existing site of another name is an error.
    ///   - settings: Content of the settings file where there is none yet.
    ///   - companions: What finds the programs that run on nodes.
    /// - Throws: ``MusterError`` for what nothing can be done without: directories and keys.
    mutating func run(
        siteName: String?, settings: String, companions: () throws -> Companions
    ) async throws -> SiteAuthority {
        try makeDirectories()
        let authority = try ensureAuthority(siteName)
        try ensureSettings(settings)
        try writePublicKeys(authority)
        let archives = SiteArchives(state)
        note("site.cpio", existed: Files.exists(archives.sitePath), changed: try archives.refreshSite(authority))
        await attempt { setup in
            let existed = Files.exists(archives.addonsPath)
            let found = try companions()
            let isFresh = try archives.isFresh(found)
            if !isFresh { try await archives.refreshAddons(found, tools: setup.tools) }
            setup.note("addons.cpio", existed: existed, changed: !isFresh)
        }
        await attempt { setup in
            let missing = BootLoaders.missing(in: setup.state.bootDirectory)
            let changed = try BootLoaders.install(to: setup.state.bootDirectory)
            setup.note("boot loaders", existed: missing.isEmpty, changed: !changed.isEmpty)
        }
        return authority
    }

    private mutating func makeDirectories() throws {
        let existed = Files.isDirectory(state.privateDirectory) && Files.isDirectory(state.publicDirectory)
        for directory in [
            state.path, state.publicDirectory, state.bootDirectory, state.siteDirectory, state.imagesDirectory,
            state.profilesDirectory,
        ] { try Files.createDirectory(directory) }
        try Files.createDirectory(state.privateDirectory, mode: 0o700)
        note("directories in \(state)", existed: existed, changed: !existed)
    }

    private mutating func ensureAuthority(_ siteName: String?) throws -> SiteAuthority {
        do {
            let authority = try SiteAuthority.open(at: state.authorityDirectory, clock: clock)
            if let siteName, siteName != authority.siteName {
                throw MusterError(
                    .conflict, "the site in \(state) is named '\(authority.siteName)', not '\(siteName)'",
                    advice: "a site's name stands in its certificates and stays")
            }
            note("keys of site \(authority.siteName)", existed: true, changed: false)
            return authority
        } catch let error as MusterError where error.code == .notFound {
            let authority = try SiteAuthority.create(
                at: state.authorityDirectory, siteName: siteName ?? "muster", clock: clock)
            note("keys of site \(authority.siteName)", existed: false, changed: true)
            return authority
        }
    }

    private mutating func ensureSettings(_ content: String) throws {
        let existed = Files.exists(state.settingsFile)
        if !existed {
            try Files.createDirectory(FilePathText.parent(of: state.settingsFile))
            try AtomicFile.write(content, to: state.settingsFile)
        }
        note("settings \(state.settingsFile)", existed: existed, changed: !existed)
    }

    /// For administrators' own machines: they need not ask the service for what is public.
    private mutating func writePublicKeys(_ authority: SiteAuthority) throws {
        let files = [
            ("ca.pem", authority.certificatePEM), ("ssh_known_hosts", try authority.knownHostsLine() + "\n"),
        ]
        for (name, content) in files {
            let path = "\(state.siteDirectory)/\(name)"
            let present = try? Files.readText(path)
            if present != content { try AtomicFile.write(content, to: path) }
            note(name, existed: present != nil, changed: present != content)
        }
    }

    private mutating func note(_ subject: String, existed: Bool, changed: Bool) {
        steps.append(Step(subject: subject, action: !changed ? .kept : existed ? .refreshed : .made))
    }

    private mutating func attempt(_ body: (inout SiteSetup) async throws -> Void) async {
        do {
            try await body(&self)
        } catch let error as MusterError {
            problems.append(error)
        } catch {
            problems.append(MusterError(.systemFailure, "setting up \(state)", cause: error))
        }
    }
}
