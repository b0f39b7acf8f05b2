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
    public func fetched(_ path: String, by node: String, over protocolName: String, octets: Int64, failure: String?) {
        guard let step = fetchStep(path), let deployment = ledger.index.deployment(of: node),
            !deployment.state.isOver
        else { return }
        let name = plain(path, limit: 200)
        let message =
            failure.map { "\(name) over \(protocolName): \($0)" }
            ?? "\(name) fetched over \(protocolName) (\(octets) octets)"
        let event = TraceEvent(
            time: clock.now(), source: protocolName == "TFTP" ? .tftp : .http, step: step,
            status: failure == nil ? .done : .retrying, message: message)
        if failure == nil {
            ledger.index.record([event], of: node, deployment: deployment.id)
        } else {
            // TFTP requests may come from somebody else than they say.
            ledger.index.record(refusal: event, of: node, deployment: deployment.id)
        }
    }

    /// The step that a file belongs to; nil for files that say nothing about a boot.
    private func fetchStep(_ path: String) -> String? {
        if path.hasPrefix("/boot/") { return Step.loader }
        if path.hasPrefix("/os/"), path.hasSuffix("/boot.ipxe") { return Step.loader }
        if path.hasPrefix("/images/"), path.hasSuffix("/kernel") || path.hasSuffix("/initramfs") { return Step.kernel }
        if path == "/site/addons.cpio" || path == "/site/site.cpio" { return Step.kernel }
        return nil
    }
}
