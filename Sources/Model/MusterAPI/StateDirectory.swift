import MusterBase

/// Where a member keeps its state, and the one rule by which service and command line find it.
public struct StateDirectory: Sendable, Hashable {
    /// Absolute, without a slash at its end.
    public let path: String

    /// The state directory of a service that the system runs.
    public static let standard = StateDirectory(path: "/var/lib/muster")

    public init(path: String) {
        var text = path
        while text.count > 1, text.hasSuffix("/") { text.removeLast() }
        self.path = text
    }

    /// The directory given on the command line, else `MUSTER_STATE_DIR`, else the standard one for root, else
    /// `$XDG_STATE_HOME/muster` or `~/.local/state/muster`.
    ///
    /// - Parameter currentDirectory: What a relative path is relative to.
    /// - Throws: ``MusterError`` with code `invalidInput` when nothing says where it is, and when its path is too long.
    public static func resolve(
        option: String?, environment: [String: String], isRoot: Bool, currentDirectory: String
    ) throws(MusterError) -> StateDirectory {
        let directory = try find(option, environment, isRoot, currentDirectory)
        try directory.checkLength()
        return directory
    }

    /// The path of a Unix socket has at most 107 octets (unix(7)).
    ///
    /// - Throws: ``MusterError`` with code `invalidInput` when that of the service's would be longer.
    public func checkLength() throws(MusterError) {
        guard socket.utf8.count > 107 else { return }
        let most = path.utf8.count - (socket.utf8.count - 107)
        throw MusterError(
            .invalidInput,
            "the path of the state directory has \(path.utf8.count) octets, and may have \(most) at most: \(path)",
            advice: "Unix allows no longer one for the socket in it; choose a shorter one, also by TMPDIR or a link")
    }

    private static func find(
        _ option: String?, _ environment: [String: String], _ isRoot: Bool, _ currentDirectory: String
    ) throws(MusterError) -> StateDirectory {
        func absolute(_ path: String) -> StateDirectory {
            StateDirectory(path: path.hasPrefix("/") ? path : "\(currentDirectory)/\(path)")
        }
        func variable(_ name: String) -> String? {
            guard let value = environment[name], !value.isEmpty else { return nil }
            return value
        }
        if let option, !option.isEmpty { return absolute(option) }
        if let path = variable("MUSTER_STATE_DIR") { return absolute(path) }
        if isRoot { return standard }
        // The XDG specification has relative paths ignored.
        if let state = variable("XDG_STATE_HOME"), state.hasPrefix("/") {
            return StateDirectory(path: "\(state)/muster")
        }
        guard let home = variable("HOME"), home.hasPrefix("/") else {
            throw MusterError(
                .invalidInput, "there is no telling where the state directory is: HOME is not set",
                advice: "give --state-dir or set MUSTER_STATE_DIR")
        }
        return StateDirectory(path: "\(home)/.local/state/muster")
    }

    public var isStandard: Bool { self == .standard }

    /// The Unix socket of the operators' API.
    public var socket: String { isStandard ? "/run/muster/muster.sock" : "\(path)/muster.sock" }
    /// What runs of plays need while they last, their keys among it; for the service alone.
    public var playsDirectory: String { isStandard ? "/run/muster/plays" : "\(privateDirectory)/plays" }
    /// The service's settings.
    public var settingsFile: String { isStandard ? "/etc/muster/muster.yaml" : "\(path)/muster.yaml" }
    /// The embedded store.
    public var database: String { "\(path)/muster.sqlite" }
    /// What anybody may read, over TFTP and HTTP: no secret is ever below it.
    public var publicDirectory: String { "\(path)/public" }
    /// For members only.
    public var privateDirectory: String { "\(path)/private" }
    /// The keys of the site.
    public var authorityDirectory: String { "\(privateDirectory)/site" }
    /// Loaders for firmware.
    public var bootDirectory: String { "\(publicDirectory)/boot" }
    /// Public keys of the site, and the initramfs parts that carry them and the agent.
    public var siteDirectory: String { "\(publicDirectory)/site" }
    public var imagesDirectory: String { "\(publicDirectory)/images" }
    public var profilesDirectory: String { "\(publicDirectory)/os" }
    /// Imported media, which profiles point into by symbolic links.
    public var mediaDirectory: String { "\(path)/distributions" }
}

extension StateDirectory: CustomStringConvertible {
    public var description: String { path }
}
