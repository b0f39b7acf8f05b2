import BootPolicy
import DeployService
import InventoryStore
import MusterBase
import TFTPService
import WebService

/// Tells the deployments which machine fetched what on its way up.
struct FetchObserver: Sendable {
    let boot: BootDesk
    let inventory: InventoryStore
    let leases: LeaseTable
    let clock: WallClock

    var tftp: TFTPAccessObserver {
        { access in
            guard let address = access.ipv4, let node = node(at: address) else { return }
            let failure: String?
            switch access.outcome {
            case .complete: failure = nil
            // Firmware asks for the size first and breaks that transfer off: this is no failure.
            case .aborted where access.octets == 0: return
            case .aborted(let reason): failure = "broken off by the machine: \(reason)"
            case .notFound: failure = "there is no such file"
            case .refused: failure = "refused"
            case .silent: failure = "the machine stopped answering after \(access.octets) octets"
            case .failed: failure = "could not be read"
            }
            boot.fetched(access.path, by: node, over: "TFTP", octets: access.octets, failure: failure)
        }
    }

    var http: StaticAccessObserver {
        { access in
            guard let address = access.remoteAddress.ipv4, let node = node(at: address) else { return }
            let failure: String?
            if access.status >= 400 {
                failure = "answered with HTTP status \(access.status)"
            } else if !access.isComplete {
                failure = "the connection broke after \(access.octets) octets"
            } else {
                failure = nil
            }
            boot.fetched(access.path, by: node, over: "HTTP", octets: access.octets, failure: failure)
        }
    }

    private func node(at address: IPv4Address) -> String? {
        if let node = inventory.node(address: address) { return node }
        return leases.macAddress(holding: address, at: clock.now()).flatMap { inventory.node(mac: $0) }
    }
}
