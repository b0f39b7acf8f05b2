import BootPolicy
import DeploymentModel
import MusterBase

extension BootDesk {
    /// Takes note that a machine fetched a public file on its way up.
    ///
    /// - Parameters:
    ///   - path: below the public directory, with a slash in front, such as `/os/debian-12/boot.ipxe`.
    ///   - node: whose address it was.
    ///   - protocolName: `TFTP` or `HTTP`.
    ///   - failure: why it did not get it whole; nil when it did.
    public func fetched(
        _ path: String, by node: String, over protocolName: String, octets: Int64, failure: FetchFailure?
    ) {
        guard let file = BootFile(path), let deployment = ledger.index.deployment(of: node), !deployment.state.isOver
        else { return }
        let name = plain(path, limit: 200)
        let message =
            failure.map { "\(name) over \(protocolName): \($0.text)" }
            ?? "\(name) fetched over \(protocolName) (\(octets) octets)"
        let event = TraceEvent(
            time: clock.now(), source: protocolName == "TFTP" ? .tftp : .http, step: file.step,
            status: failure == nil ? .done : .retrying, message: message)
        if let failure {
            // TFTP requests may come from somebody else than they say: nothing that they choose tells them apart.
            ledger.index.record(
                refusal: event, key: "\(file) over \(protocolName): \(failure.kind)", isSignOfLife: true, of: node,
                deployment: deployment.id)
        } else {
            ledger.index.record([event], of: node, deployment: deployment.id)
        }
    }
}

/// Why a machine did not get a file whole.
public enum FetchFailure: Sendable, Hashable {
    /// The machine broke it off, in its words.
    case brokenOff(String)
    case missing
    case refused
    /// Others got its place, for there were too many at once.
    case displaced
    /// The machine stopped answering after so many octets.
    case silent(after: Int64)
    case unreadable
    case status(Int)
    /// The connection broke after so many octets.
    case cutOff(after: Int64)

    var text: String {
        switch self {
        case .brokenOff(let reason): "\(kind): \(reason)"
        case .silent(let octets), .cutOff(let octets): "\(kind) after \(octets) octets"
        default: kind
        }
    }

    /// The same for all failures of a kind, with nothing in it that the machine chose.
    fileprivate var kind: String {
        switch self {
        case .brokenOff: "broken off by the machine"
        case .missing: "there is no such file"
        case .refused: "refused"
        case .displaced: "given up for others: too many transfers at once"
        case .silent: "the machine stopped answering"
        case .unreadable: "could not be read"
        case .status(let status): "answered with HTTP status \(status)"
        case .cutOff: "the connection broke"
        }
    }
}

/// What a file is to a machine that boots.
private enum BootFile {
    case loader, script, kernel, initramfs, addons, site

    /// Nil for files that say nothing about a boot.
    init?(_ path: String) {
        switch path {
        case "/site/addons.cpio": self = .addons
        case "/site/site.cpio": self = .site
        case _ where path.hasPrefix("/boot/"): self = .loader
        case _ where path.hasPrefix("/os/") && path.hasSuffix("/boot.ipxe"): self = .script
        case _ where path.hasPrefix("/images/") && path.hasSuffix("/kernel"): self = .kernel
        case _ where path.hasPrefix("/images/") && path.hasSuffix("/initramfs"): self = .initramfs
        default: return nil
        }
    }

    var step: String {
        switch self {
        case .loader, .script: Step.loader
        case .kernel, .initramfs, .addons, .site: Step.kernel
        }
    }
}
