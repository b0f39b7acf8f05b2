import Crypto
import DeploymentModel
import Logging
import MusterAPI
import MusterBase

/// What nodes ask for: the grant of a key, their configuration, certificates; and what they tell.
public struct NodeDesk: Sendable {
    let nodes: any NodeLookup
    let ledger: DeploymentLedger
    let profiles: any ProfileLookup
    let discoveries: DiscoveryRegistry
    let recoveryKeys: RecoveryKeyDesk
    let stages: any StageLookup
    let fileDesk: FileDesk
    let playDesk: PlayDesk
    let links: LinkTable
    let signer: SiteSigner
    /// Addresses and ports of the members' HTTPS ports.
    let members: @Sendable () -> [String]
    /// The same of servers that have the public files alone.
    let mirrors: [String]
    let heartbeatInterval: Int
    let clock: WallClock
    let logger: Logger
    let logLimiter = LogLimiter()

    private var index: DeploymentIndex { ledger.index }

    // MARK: Without a key

    public func time() -> ServerTime { ServerTime(time: clock.now()) }

    /// Grants the key whose digest a machine sends: once, to a machine whose deployment is armed, and only when the
    /// request comes from the link of that machine.
    ///
    /// - Parameter address: where the connection comes from; nil when it is not IPv4.
    public func enrol(_ request: EnrolRequest, from address: IPv4Address?) async throws -> EnrolResponse {
        let node = try knownNode(for: request.machine, from: address)
        do {
            try await checkLink(of: node, machine: request.machine, address: address)
            let record = try await grant(request, to: node)
            index.record(
                [event(Step.enrol, .done, "key granted to \(address.map(String.init) ?? "this machine")")],
                of: node.name, deployment: record.deployment.id)
            return EnrolResponse(node: node.name, deployment: record.deployment.id)
        } catch let error as MusterError {
            // Refusals are part of the trace: a stranger who tries is seen by the operator.
            if let deployment = index.deployment(of: node.name), !deployment.state.isOver {
                let whom = address.map { " to \($0)" } ?? ""
                index.record(
                    refusal: event(Step.enrol, .retrying, "key refused\(whom): \(error.message)"),
                    of: node.name, deployment: deployment.id)
            }
            if let admission = logLimiter.admit("enrolment refused") {
                logger.warning(
                    "enrolment refused",
                    metadata: [
                        "node": "\(node.name)", "reason": "\(plain(error.message, limit: 300))",
                        "not_logged_before": "\(admission.notLogged)",
                    ])
            }
            throw error
        }
    }

    private func knownNode(for machine: MachineDescription, from address: IPv4Address?) throws -> NodeSettings {
        var names = Set(machine.macs.compactMap { nodes.node(mac: $0) })
        if let uuid = machine.uuid, uuid.isUsable, let name = nodes.node(uuid: uuid) { names.insert(name) }
        guard let name = names.first else {
            rememberStranger(machine)
            throw MusterError(
                .notFound, "this machine is not in the inventory",
                advice: "define it, or adopt it with `muster discover assign`")
        }
        guard names.count == 1 else {
            let list = names.sorted().joined(separator: " and ")
            throw MusterError(
                .forbidden, "this machine's addresses and UUID are those of \(list)",
                advice: "correct net.hwaddr and id.uuid of these nodes")
        }
        guard let settings = try nodes.settings(of: name) else {
            throw MusterError(.notFound, "node \(name) was removed just now")
        }
        return settings
    }

    private func rememberStranger(_ machine: MachineDescription) {
        guard let mac = machine.macs.first(where: { !$0.isMulticast }) else { return }
        let now = clock.now()
        discoveries.heard(
            DiscoveredMachine(
                mac: mac, uuid: machine.uuid, serial: machine.serial.map { plain($0, limit: 64) },
                architecture: plain(machine.architecture, limit: 32), vendorClass: "muster-agent", interface: "https",
                relay: nil, firstSeen: now, lastSeen: now, count: 1))
    }

    private func checkLink(of node: NodeSettings, machine: MachineDescription, address: IPv4Address?) async throws {
        guard let address else {
            throw MusterError(.forbidden, "a key for \(node.name) is granted over IPv4 only")
        }
        guard let mac = await links.macAddress(address) else {
            throw MusterError(
                .forbidden, "no machine is known to hold \(address) on a served network",
                advice: "a machine behind a router must get its address from Muster, through a DHCP relay")
        }
        guard machine.macs.contains(mac) else {
            throw MusterError(.forbidden, "\(address) is held by \(mac), which the machine that asks does not have")
        }
        // Of a node that is known by its UUID alone, which anybody on the link can hear, at least the address must be its.
        let isOwnLink =
            node.macs.isEmpty
            ? node.interfaces.contains { $0.address?.address == address } : node.macs.contains(mac)
        guard isOwnLink else {
            throw MusterError(
                .forbidden, "\(address) is held by \(mac), which is not of node \(node.name)",
                advice: "set net.hwaddr of \(node.name) to the address of the machine's network card")
        }
        if let uuid = node.uuid, let claimed = machine.uuid, uuid != claimed {
            throw MusterError(
                .forbidden, "the machine says that its UUID is \(claimed); node \(node.name) has \(uuid)",
                advice: "set id.uuid of \(node.name) if the machine's board was replaced")
        }
    }

    private func grant(_ request: EnrolRequest, to node: NodeSettings) async throws -> NodeRecord {
        let advice = "arm it with `muster deploy \(node.name) PROFILE`"
        return try await ledger.update(node.name) { record in
            guard var record else {
                throw MusterError(.conflict, "no deployment of \(node.name) is armed", advice: advice)
            }
            guard record.deployment.keyGrantOpen else {
                // The answer to the grant was lost, and the machine asks again with the key that it has: only it can.
                if record.deployment.keyDigest == request.keyDigest, !record.deployment.state.isOver { return record }
                throw MusterError(
                    .conflict, "the key of \(node.name) was granted before, and is granted once", advice: advice)
            }
            record.deployment.keyGrantOpen = false
            record.deployment.keyDigest = request.keyDigest
            record.deployment.formerKeyDigest = nil
            record.formerImage = nil
            return record
        }
    }

    // MARK: With a key

    public func configuration(key: Secret<[UInt8]>) async throws -> NodeConfiguration {
        let (name, deployment) = try holder(of: key)
        guard let settings = try nodes.settings(of: name) else {
            throw MusterError(.notFound, "node \(name) was removed")
        }
        let boot = try profiles.boot(deployment.profile)
        let method = try method(of: name, deployment, boot)
        // A system on a disk asks at each of its starts, and stays the version that was installed.
        let image = boot.image?.description
        let isComing = !deployment.isInstalled && deployment.state != .deployed
        if isComing, deployment.image != image || deployment.method != method {
            _ = try await ledger.update(name) { record in
                guard var record, record.deployment.id == deployment.id else {
                    throw MusterError(.conflict, "\(name) was armed anew")
                }
                record.deployment.image = image
                record.deployment.method = method
                return record
            }
        }
        // The key of an installed system lies on its disk: it opens no image, and tells no password.
        let isInstalled = deployment.isInstalled
        return NodeConfiguration(
            node: name, hostname: settings.hostname, domain: settings.domain, deployment: deployment.id,
            profile: deployment.profile, method: method,
            image: try assignment(boot, method, settings, isInstalled: isInstalled), installer: boot.installer,
            interfaces: settings.interfaces, dnsServers: settings.dnsServers, ntpServers: settings.ntpServers,
            timeZone: settings.timeZone, locale: settings.locale, keyboard: settings.keyboard,
            rootKeys: settings.rootKeys, rootPasswordCrypt: isInstalled ? nil : settings.rootPasswordCrypt?.reveal(),
            userAuthority: signer.userAuthority, knownHosts: signer.knownHosts, onbootScripts: boot.onbootScripts,
            members: members(), mirrors: mirrors, heartbeatInterval: heartbeatInterval,
            install: method.writesDisk ? boot.install?.configuration(of: settings) : nil, work: boot.work)
    }

    private func assignment(
        _ boot: ProfileBoot, _ method: DeploymentMethod, _ settings: NodeSettings, isInstalled: Bool
    ) throws -> ImageAssignment? {
        guard case .image(let image, let manifest, let fill, let disk) = boot.system else { return nil }
        return ImageAssignment(
            reference: image, manifestDigest: manifest,
            chunkKey: isInstalled ? "" : try profiles.chunkKey(of: image).reveal(), fill: fill,
            fillDisk: fill == .disk && method == .tethered
                ? FillDiskConfiguration(diskRule: settings.diskRule, mayWipeDisk: settings.mayWipeDisk) : nil,
            disk: method == .installtodisk ? disk : nil)
    }

    /// How a node gets its system. Whether it is written to a disk was said when the node was armed: a change of the
    /// profile makes no machine overwrite its disk before somebody deploys it so.
    private func method(
        of name: String, _ deployment: Deployment, _ boot: ProfileBoot
    ) throws -> DeploymentMethod {
        switch (deployment.method, boot.method) {
        case (let own, let current) where own == current: return own
        // What is on a disk stays there.
        case (let own, _) where deployment.isInstalled: return own
        case (let own, let current) where own.writesDisk || current == .scripted:
            throw MusterError(
                .conflict,
                "\(name) was armed for the profile \(deployment.profile) when that was \(own.rawValue); it is "
                    + "\(current.rawValue) by now",
                advice: "arm it anew: muster deploy \(name) \(deployment.profile)")
        case (let own, .installtodisk): return own
        case (_, let current): return current
        }
    }

    public func hostCertificates(
        _ request: HostCertificateRequest, key: Secret<[UInt8]>
    ) throws -> HostCertificateResponse {
        let (name, _) = try holder(of: key)
        guard let settings = try nodes.settings(of: name) else {
            throw MusterError(.notFound, "node \(name) was removed")
        }
        guard (1...4).contains(request.publicKeys.count) else {
            throw MusterError(.invalidInput, "one to four host keys are certified at a time")
        }
        var principals = [settings.hostname]
        if let domain = settings.domain { principals.append("\(settings.hostname).\(domain)") }
        if !principals.contains(name) { principals.append(name) }
        principals += settings.interfaces.compactMap { $0.address.map { "\($0.address)" } }
        return HostCertificateResponse(
            certificates: try request.publicKeys.map { try signer.signHostKey($0, name, principals) })
    }

    public func events(_ report: EventReport, key: Secret<[UInt8]>) throws {
        let (name, deployment) = try holder(of: key)
        guard report.deployment == deployment.id else {
            throw MusterError(.conflict, "deployment \(plain(report.deployment, limit: 32)) of \(name) is over")
        }
        guard report.events.count <= 1000, (0...(1 << 40)).contains(report.firstNumber) else {
            throw MusterError(.invalidInput, "at most 1000 events are taken in at a time, numbered from 0")
        }
        // A report whose answer was lost is sent again: what was taken in is skipped.
        let known = max(0, deployment.agentEvents - report.firstNumber)
        let events = report.events.dropFirst(known).map { event in
            var event = event.sanitized()
            event.source = .agent
            return event
        }
        guard !events.isEmpty else { return }
        index.record(
            events, of: name, deployment: deployment.id, agentEvents: report.firstNumber + report.events.count)
    }

    public func heartbeat(_ heartbeat: Heartbeat, key: Secret<[UInt8]>) throws -> HeartbeatResponse {
        let (name, _) = try holder(of: key, allowFormer: true)
        var heartbeat = heartbeat
        heartbeat.bootIdentifier = plain(heartbeat.bootIdentifier, limit: 64)
        index.beat(heartbeat, of: name, at: clock.now())
        return HeartbeatResponse(interval: heartbeatInterval)
    }

    /// Takes in how a tethered machine read its root. Whoever holds a key may be anybody who took over that machine: it
    /// may speak about the version that it was given and no other, and the worst that it can tell is a useless order.
    public func bootOrder(_ report: BootOrderReport, key: Secret<[UInt8]>) throws {
        let (name, deployment) = try holder(of: key)
        guard deployment.method == .tethered, deployment.image == report.image.description else {
            throw MusterError(.forbidden, "\(name) does not read \(report.image) over the network")
        }
        try profiles.keepBootOrder(report.order, of: report.image)
    }

    /// Keeps the recovery key of a disk that the node installs.
    public func recoveryKey(_ report: RecoveryKeyReport, key: Secret<[UInt8]>) async throws {
        let (name, deployment) = try holder(of: key)
        // Whoever takes over the installed system must not be able to push the good keys out.
        guard deployment.method == .installtodisk, !deployment.isInstalled else {
            throw MusterError(.forbidden, "\(name) installs no disk now")
        }
        try await recoveryKeys.keep(report, of: name, deployment: deployment.id)
    }

    // MARK: -

    func holder(
        of key: Secret<[UInt8]>, allowFormer: Bool = false
    ) throws -> (node: String, deployment: Deployment) {
        // Keys are found by digest: nothing in the comparison depends on how much of a guessed key is right.
        guard let digest = ContentDigest(octets: SHA256.hash(data: key.reveal())),
            let holder = index.holder(of: digest), allowFormer || !holder.isFormer
        else {
            throw MusterError(
                .unauthenticated, "this key is not in force", advice: "the machine must be armed and boot again")
        }
        return (holder.node, holder.deployment)
    }

    private func event(_ step: String, _ status: TraceStatus, _ message: String) -> TraceEvent {
        TraceEvent(time: clock.now(), source: .server, step: step, status: status, message: plain(message, limit: 2000))
    }
}
