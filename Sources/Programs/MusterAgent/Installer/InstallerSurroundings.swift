import OSFamilies

/// What an installer's surroundings are like, as far as the agent minds them beyond its answers.
package protocol InstallerSurroundings: Sendable {
    /// Files of the installer's initramfs by which it finds the network and its medium.
    ///
    /// - Parameters:
    ///   - plan: the network of the node.
    ///   - medium: where a server has the medium's files, by HTTP; without a slash at its end.
    func parameters(_ plan: NetworkPlan, medium: String) -> [AnswerFile]

    /// The network in the words of the installer's answers.
    func network(_ plan: NetworkPlan) -> String

    /// Octets that a disk has at least.
    var leastDisk: Int64 { get }
    /// Where the installed system is mounted when all is done: the first of these that is there.
    var targets: [String] { get }
    /// Where the installer says what it does.
    var log: String { get }

    /// What a line of that log means; nil for most.
    func word(of line: String) -> InstallerLog.Word?

    /// Whether the installer gave the firmware's boot entry of that name.
    func isBootEntry(_ name: String) -> Bool

    /// What is left to do to the installed system when the agent has written its files: paths of which are given.
    func finish(_ system: ForeignRoot, written: [String]) async throws
}

extension OSFamily {
    /// Nil for a family beside whose installer the agent cannot run.
    var surroundings: (any InstallerSurroundings)? {
        switch self {
        case .enterpriseLinux: AnacondaSurroundings()
        default: nil
        }
    }
}
