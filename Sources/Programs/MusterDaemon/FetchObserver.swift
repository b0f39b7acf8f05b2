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
            let failure: FetchFailure?
            switch access.outcome {
            case .complete: failure = nil
            // Firmware asks for the size first and breaks that transfer off: this is no failure.
            case .aborted where access.octets == 0: return
            case .aborted(let reason): failure = .brokenOff(reason)
            case .notFound: failure = .missing
            case .refused: failure = .refused
            case .displaced: failure = .displaced
            case .silent: failure = .silent(after: access.octets)
            case .failed: failure = .unreadable
            }
            boot.fetched(access.path, by: node, over: "TFTP", octets: access.octets, failure: failure)
        }
    }

    var http: StaticAccessObserver {
        { access in
            guard let address = access.remoteAddress.ipv4, let node = node(at: address) else { return }
            let failure: FetchFailure?
            if access.status >= 400 {
                failure = .status(access.status)
            } else if !access.isComplete {
                failure = .cutOff(after: access.octets)
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
