import DeploymentModel
import MusterBase

/// What the agent tells of a boot in which all goes well: the events of MusterAgent's steps, in the batches in which
/// its reporter sends them while one follows the other.
package enum AgentEvents {
    package struct Event: Sendable {
        package var step: String
        package var status: TraceStatus
        package var message: String
        package var progress: Int?

        init(_ step: String, _ status: TraceStatus, _ message: String, progress: Int? = nil) {
            self.step = step
            self.status = status
            self.message = message
            self.progress = progress
        }
    }

    /// The places in a machine's life at which a batch is sent.
    package enum Batch: Int, Sendable, Hashable {
        case enrolled
        case configured
        case verified
        /// And nine more, a tenth of the image each.
        case tenth
        case loaded
        case certified
        case starting
        case deployed
    }

    package static func events(_ batch: Batch, node: String, tenth: Int = 0) -> [Event] {
        switch batch {
        case .enrolled: beforeEnrolment + [Event(Step.enrol, .done, "this machine is \(node); its key is granted")]
        case .configured:
            [
                Event(Step.configuration, .started, "asking for the configuration of \(node)"),
                Event(Step.configuration, .done, "\(node) runs simulated@1, profile simulated"),
                Event(Step.manifest, .started, "fetching and verifying the manifest of simulated@1"),
            ]
        case .verified:
            [
                Event(
                    Step.manifest, .done, "simulated@1 is signed by the site: debian 12, kernel 6.1.0-42-cloud-amd64"),
                Event(Step.rootImage, .started, "fetching 88.3 MB of simulated@1"),
            ]
        case .tenth:
            [
                Event(
                    Step.rootImage, .progress, "root file system of simulated@1: \(tenth * 10) % of 88.3 MB",
                    progress: tenth * 10)
            ]
        case .loaded: afterDownload(node)
        case .certified:
            [
                Event(Step.certificates, .done, "SSH host key made here and certified by the site"),
                Event(Step.switchRoot, .done, "starting /usr/lib/systemd/systemd of simulated@1"),
            ]
        case .starting:
            [Event(Step.onboot, .started, "waiting for the system to come up: multi-user.target is not reached")]
        case .deployed:
            [Event(Step.deployed, .done, "\(node) runs simulated@1 and answers; 14 s after its kernel started")]
        }
    }

    private static let beforeEnrolment = [
        Event(
            Step.start, .done,
            "agent on Linux 6.1.0-42-cloud-amd64, simulated, 64 processors, 251.6 GB of memory"),
        Event(Step.start, .started, "reading the site's public keys"),
        Event(Step.start, .done, "this machine belongs to the site simulation"),
        Event(Step.drivers, .started, "loading the drivers for this machine's hardware"),
        Event(Step.drivers, .done, "23 drivers loaded of 1211"),
        Event(Step.network, .started, "asking for an address by DHCP"),
        Event(Step.network, .progress, "eth0 has carrier"),
        Event(Step.network, .done, "eth0 has an address from its server, which names the members"),
        Event(Step.server, .started, "reaching a server of the site simulation by TLS"),
        Event(Step.server, .done, "the server answers and is of the site simulation"),
        Event(Step.clock, .done, "the clock is right"),
        Event(Step.enrol, .started, "asking the server to grant this machine's key"),
    ]

    private static func afterDownload(_ node: String) -> [Event] {
        [
            Event(Step.rootImage, .done, "88.3 MB in 1.4 s, digest verified"),
            Event(Step.mountRoot, .started, "mounting the image and a writable layer over it"),
            Event(Step.mountRoot, .done, "image mounted, with a writable layer in memory"),
            Event(Step.identity, .started, "writing the names, network and accounts of \(node)"),
            Event(Step.identity, .done, "host name \(node), address as given"),
            Event(Step.certificates, .started, "making the SSH host key and having it certified"),
        ]
    }
}
