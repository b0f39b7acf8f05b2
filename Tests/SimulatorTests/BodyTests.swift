import DeploymentModel
import MusterAPI
import MusterBase
import Simulator
import Testing

/// What is written by hand must be what the agent's own types write.
@Suite struct BodyTests {
    private let plan: FleetPlan

    init() throws { plan = FleetPlan(nodes: 10, network: try #require(IPv4Network("10.0.0.0/16"))) }

    @Test("the request to enrol is the agent's")
    func enrol() throws {
        let digest = try #require(ContentDigest(octets: [UInt8](repeating: 7, count: 32)))
        let body = AgentBodies.enrol(
            mac: plan.mac(3), uuid: plan.uuid(3), firmware: .http, keyDigest: digest, profile: "simulated")
        let request = try MusterJSON.decode(EnrolRequest.self, from: Array(body.utf8), of: "body")
        #expect(
            request
                == EnrolRequest(
                    machine: MachineDescription(
                        uuid: plan.uuid(3), serial: "SIM-3", macs: [plan.mac(3)], architecture: "x86_64",
                        firmware: "uefi", memory: 270_156_742_656, processors: 64),
                    keyDigest: digest, agent: MusterVersion.current, profile: "simulated"))
        #expect(try MusterJSON.encode(request) == Array(body.utf8))
    }

    @Test("a report is the agent's")
    func report() throws {
        let time = try #require(Timestamp("2026-01-02T03:04:05.678901Z"))
        for batch: AgentEvents.Batch in [.enrolled, .tenth, .loaded, .deployed] {
            let events = AgentEvents.events(batch, node: "sim3", tenth: 4)
            let body = AgentBodies.report(
                deployment: "0123456789abcdef", firstNumber: 13, time: time.description, events)
            let report = try MusterJSON.decode(EventReport.self, from: Array(body.utf8), of: "body")
            #expect(report.deployment == "0123456789abcdef" && report.firstNumber == 13)
            #expect(report.events.map(\.message) == events.map(\.message))
            #expect(report.events.allSatisfy { $0.source == .agent && $0.time == time })
            #expect(try MusterJSON.encode(report) == Array(body.utf8))
        }
    }

    @Test("heartbeat and certificate request are the agent's")
    func others() throws {
        let beat = AgentBodies.heartbeat(image: "debian-12@7", boot: plan.uuid(1))
        let heartbeat = try MusterJSON.decode(Heartbeat.self, from: Array(beat.utf8), of: "body")
        #expect(heartbeat.image == ImageReference("debian-12@7") && !heartbeat.goingDown)
        #expect(try MusterJSON.encode(heartbeat) == Array(beat.utf8))
        let keys = AgentBodies.hostCertificates("ssh-ed25519 AAAA root@sim3")
        let request = try MusterJSON.decode(HostCertificateRequest.self, from: Array(keys.utf8), of: "body")
        #expect(request.publicKeys == ["ssh-ed25519 AAAA root@sim3"])
        #expect(try MusterJSON.encode(request) == Array(keys.utf8))
    }

    @Test("the events of a whole boot end deployed, and are counted without a gap")
    func wholeBoot() {
        var deployment = Deployment(
            id: "1", node: "sim1", profile: "p", method: .untethered, image: nil, armedAt: Timestamp(seconds: 1),
            armedBy: "test")
        let batches: [AgentEvents.Batch] =
            [.enrolled, .configured, .verified] + Array(repeating: .tenth, count: 10)
            + [.loaded, .certified, .starting, .deployed]
        for (index, batch) in batches.enumerated() {
            for event in AgentEvents.events(batch, node: "sim1", tenth: index - 2) {
                deployment.apply(
                    TraceEvent(
                        time: Timestamp(seconds: 2), source: .agent, step: event.step, status: event.status,
                        message: event.message, progress: event.progress))
            }
        }
        #expect(deployment.state == .deployed)
    }

    @Test("sizes are found in a manifest, and certificates in the answer to a request for them")
    func answers() throws {
        let digest = try #require(ContentDigest(octets: [UInt8](repeating: 7, count: 32)))
        let manifest = ImageManifest(
            name: "simulated", version: 1, architecture: "x86_64", distribution: "debian", distributionVersion: "12",
            created: Timestamp(seconds: 0), kernelRelease: "6.1.0", recipeDigest: digest,
            files: [
                .init(name: "kernel", size: 14, digest: digest), .init(name: "initramfs", size: 0, digest: digest),
            ],
            root: .init(
                size: 15, digest: digest, chunks: [.init(size: 5, digest: digest), .init(size: 10, digest: digest)]),
            parent: nil, packages: [], minimalMemory: 1)
        let body = try MusterJSON.encode(manifest)
        #expect(AgentBodies.size(of: "kernel", in: body) == 14)
        #expect(AgentBodies.size(of: "initramfs", in: body) == 0)
        #expect(AgentBodies.size(of: "root.squashfs", in: body) == nil)
        let chunks = AgentBodies.chunks(in: body)
        #expect(chunks.map(\.path) == manifest.root.chunks.map(\.path))
        #expect(chunks.map(\.size) == [5, 10])
        #expect(AgentBodies.chunks(in: Array(body.prefix(200))).isEmpty)
        let line = "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQ= root@sim1"
        #expect(AgentBodies.hasCertificate(try MusterJSON.encode(HostCertificateResponse(certificates: [line]))))
        #expect(!AgentBodies.hasCertificate(try MusterJSON.encode(HostCertificateResponse(certificates: []))))
    }
}
