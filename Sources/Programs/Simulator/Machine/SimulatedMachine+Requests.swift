import Crypto
import MusterAPI
import MusterBase
import SSHWire

/// HTTP: one connection after the other, and the requests on each.
extension SimulatedMachine {
    /// How long a connection may take: EDK II's `HTTP_CONNECTION_TIMEOUT`; iPXE's six requests for one, the first after
    /// a quarter of a second and each wait twice as long; and the agent's own setting, which counts anew for the handshake.
    private var connectLimit: Duration {
        switch phase {
        case .loaderByHTTP: .seconds(60)
        case .files: .milliseconds(15_750)
        default: .seconds(5)
        }
    }
    /// How long an answer may take: the agent's own setting.
    private static let answerLimit = Duration.seconds(30)
    /// What the boot script waits when loading failed.
    private static let scriptPause = Duration.seconds(8)
    /// The agent's wait behind an answer that will be the same next time.
    private static let decidedPause = Duration.seconds(15)

    mutating func open(
        _ requests: [MachineRequest], isSecure: Bool, at now: Duration, _ actions: inout [MachineAction]
    ) {
        session = RequestSession(requests, isSecure: isSecure)
        connect(at: now, &actions)
    }

    private mutating func connect(at now: Duration, _ actions: inout [MachineAction]) {
        if let step = session.current?.step, dies(in: step, at: now, &actions) { return }
        session.isConnected = false
        session.isResting = false
        pauseBegan = nil
        deadline = now + connectLimit
        if session.isSecure { actions.append(.count(.tlsSessions)) }
        actions.append(.connect(server.address, port: server.port, isSecure: session.isSecure))
    }

    /// TCP is connected, and the handshake of TLS begins.
    mutating func reached(at now: Duration) {
        guard session.isSecure, !session.isConnected, !session.isResting else { return }
        deadline = now + connectLimit
    }

    mutating func connected(at now: Duration, _ actions: inout [MachineAction]) {
        session.isConnected = true
        sendNext(at: now, &actions)
    }

    mutating func sessionTimer(at now: Duration, _ actions: inout [MachineAction]) {
        if session.isResting {
            session.isResting = false
            if let pauseBegan {
                // Its own time is not the server's.
                stepBegan += now - pauseBegan
                self.pauseBegan = nil
            }
            if session.isConnected { send(at: now, &actions) } else { connect(at: now, &actions) }
        } else {
            actions.append(.disconnect)
            closed(session.isConnected ? "no answer in time" : "no connection in time", at: now, &actions)
        }
    }

    private mutating func sendNext(at now: Duration, _ actions: inout [MachineAction]) {
        guard let request = session.current else { return sessionDone(at: now, &actions) }
        if request.step != .server, request.step != .script, dies(in: request.step, at: now, &actions) { return }
        guard behaviour.isSlow else { return send(at: now, &actions) }
        session.isResting = true
        pauseBegan = now
        deadline = now + .milliseconds(50 + Int64(random.next() % 300))
    }

    private mutating func send(at now: Duration, _ actions: inout [MachineAction]) {
        guard let request = session.current else { return }
        deadline = now + Self.answerLimit
        actions.append(.count(.httpRequests))
        actions.append(.send(text(of: request), keepsBody: request.keepsBody, isHead: request.isHead))
    }

    // MARK: Answers

    mutating func take(_ answer: HTTPAnswer, at now: Duration, _ actions: inout [MachineAction]) {
        guard let request = session.current, session.isConnected else { return }
        guard (200..<300).contains(answer.status) else { return refused(request, answer, at: now, &actions) }
        if let fault = use(answer, of: request) {
            actions.append(.trouble("\(request.step.rawValue): answer not understood", example: "\(name): \(fault)"))
            return retry(after: Self.decidedPause, at: now, &actions)
        }
        if request.endsStep { done(request.step, at: now, &actions) }
        session.advance()
        sendNext(at: now, &actions)
    }

    /// What is wrong with the answer; nil when it is as it should be.
    private mutating func use(_ answer: HTTPAnswer, of request: MachineRequest) -> String? {
        switch request {
        case .script:
            bootFiles = BootScriptFiles.paths(in: String(decoding: answer.body, as: UTF8.self), at: server.path)
            guard let kernel = bootFiles.first else { return "the boot script names no kernel" }
            let parts = kernel.split(separator: "/")
            guard parts.count == 4, parts[0] == "images" else { return "\(kernel) is no kernel of an image" }
            image = ("/images/\(parts[1])/\(parts[2])", "\(parts[1])@\(parts[2])")
            session.append(bootFiles.indices.map { .file($0) })
        case .enrol:
            guard let found = AgentBodies.text("deployment", in: answer.body) else {
                return "the grant names no deployment"
            }
            deployment = found
        case .report(let batch, let tenth):
            eventsSent += AgentEvents.events(batch, node: name, tenth: tenth).count
        case .loaderSize: loaderSize = answer.length
        case .loader:
            guard answer.length == loaderSize else { return "a loader of \(answer.length) of \(loaderSize) octets" }
        case .file(let index):
            bootFileSizes[bootFiles[index]] = answer.length
            return lengthFault(answer, of: bootFiles[index])
        case .manifest:
            manifest = answer.body
            for (path, size) in bootFileSizes where around.plan.loadsWholeFiles && path.hasPrefix(image.path + "/") {
                if let fault = sizeFault(size, of: path) { return fault }
            }
            chunks = AgentBodies.chunks(in: answer.body)
            guard !chunks.isEmpty else { return "the manifest names no chunks" }
            // One octet of one of them stands for all.
            session.append(MachineRequest.rest(chunks: around.plan.loadsWholeFiles ? chunks.count : 1))
        case .chunk(let index, _):
            let chunk = chunks[index]
            if let fault = lengthFault(answer, of: chunk.path) { return fault }
            if range == nil, answer.length != chunk.size + AgentBodies.chunkOverhead {
                return "\(chunk.path) came to \(answer.length) octets instead of those of its manifest"
            }
        case .certificates:
            guard AgentBodies.hasCertificate(answer.body) else { return "there is no certificate in the answer" }
        case .time, .configuration, .signature:
            guard answer.length > 0 else { return "the answer is empty" }
        case .heartbeat: break
        }
        return nil
    }

    /// What is wrong with how much of a file came.
    private func lengthFault(_ answer: HTTPAnswer, of path: String) -> String? {
        if range == nil { return answer.length > 0 ? nil : "\(path) is empty" }
        return answer.status == 206 && answer.length == 1
            ? nil : "\(answer.length) octets of \(path) with status \(answer.status), for one that was asked for"
    }

    /// What is wrong with the size of a whole file of the image, by its manifest.
    private func sizeFault(_ size: Int, of path: String) -> String? {
        let file = String(path.split(separator: "/").last ?? "")
        guard let expected = AgentBodies.size(of: file, in: manifest) else { return "the manifest names no \(file)" }
        return size == expected ? nil : "\(path) came to \(size) octets instead of \(expected)"
    }

    private mutating func refused(
        _ request: MachineRequest, _ answer: HTTPAnswer, at now: Duration, _ actions: inout [MachineAction]
    ) {
        let title = AgentBodies.text("title", in: answer.body) ?? "status \(answer.status)"
        actions.append(
            .trouble("\(request.step.rawValue): HTTP \(answer.status)", example: "\(name): \(title)"))
        switch phase {
        case .loaderByHTTP: return reboot(after: Self.firmwarePause, at: now, &actions)
        case .files: return retry(after: Self.scriptPause, at: now, &actions)
        default: break
        }
        if case .report = request, [400, 404, 409, 422].contains(answer.status) {
            // A report that the server will never take must not stop those behind it.
            session.advance()
            return sendNext(at: now, &actions)
        }
        if answer.status == 401, request != .enrol {
            // The key is no longer good: the agent enrols anew.
            phase = .agent
            makeKey()
            session = RequestSession(MachineRequest.agent, isSecure: true)
            eventsSent = 0
            actions.append(.disconnect)
            return retry(after: .seconds(5), at: now, &actions)
        }
        session.attempts += 1
        retry(after: answer.status < 500 ? Self.decidedPause : session.retryPause, at: now, &actions)
    }

    /// The connection is gone, or was never there.
    mutating func closed(_ reason: String, at now: Duration, _ actions: inout [MachineAction]) {
        // A connection that breaks between two requests is opened again by the next.
        guard session.current != nil, !(session.isResting && !session.isConnected) else { return }
        switch phase {
        case .loaderByHTTP, .files, .agent, .system: break
        default: return
        }
        let wasConnected = session.isConnected
        session.isConnected = false
        actions.append(
            .trouble(
                "\(session.current?.step.rawValue ?? ""): \(wasConnected ? "connection lost" : "no connection")",
                example: "\(name): \(reason)"))
        if case .loaderByHTTP = phase { return reboot(after: Self.firmwarePause, at: now, &actions) }
        session.attempts += 1
        if case .files = phase { return retry(after: Self.scriptPause, at: now, &actions) }
        retry(after: session.retryPause, at: now, &actions)
    }

    private mutating func retry(after pause: Duration, at now: Duration, _ actions: inout [MachineAction]) {
        pauseBegan = nil
        session.isResting = true
        deadline = now + pause
    }

    // MARK: Sessions

    private mutating func sessionDone(at now: Duration, _ actions: inout [MachineAction]) {
        switch phase {
        case .loaderByHTTP:
            actions.append(.disconnect)
            loaded(at: now, &actions)
        case .files: startAgent(at: now, &actions)
        case .agent:
            // The root is switched: another process, with a connection of its own.
            actions.append(.disconnect)
            phase = .system
            stepBegan = now
            open(MachineRequest.system, isSecure: true, at: now, &actions)
        case .system:
            actions.append(.disconnect)
            actions.append(.done(.machine, now - began))
            end(.deployed, &actions)
        default: break
        }
    }

    /// A key as the agent draws one, but from the seed.
    mutating func makeKey() {
        let octets = random.bytes(32)
        key = hexText(octets)
        keyDigest = ContentDigest(octets: SHA256.hash(data: octets))
    }

    // MARK: Texts

    /// The first octet of a large file, or all of it.
    private var range: String? { around.plan.loadsWholeFiles ? nil : "0-0" }

    private func text(of request: MachineRequest) -> [UInt8] {
        switch request {
        case .loaderSize: plain("HEAD", server.path)
        case .loader, .script: plain("GET", server.path)
        case .file(let index): plain("GET", bootFiles[index], range: range)
        case .time: agent("GET", NodePath.time, key: false)
        case .enrol: agent("POST", NodePath.enrol, key: false, body: enrolBody)
        case .configuration: agent("GET", NodePath.configuration)
        case .manifest: agent("GET", "\(image.path).manifest", key: false)
        case .signature: agent("GET", "\(image.path).manifest.sig", key: false)
        case .chunk(let index, _): agent("GET", chunks[index].path, key: false, range: range)
        case .certificates:
            agent("POST", NodePath.hostCertificates, body: AgentBodies.hostCertificates(hostKey))
        case .report(let batch, let tenth):
            agent("POST", NodePath.events, body: reportBody(AgentEvents.events(batch, node: name, tenth: tenth)))
        case .heartbeat:
            agent("POST", NodePath.heartbeat, body: AgentBodies.heartbeat(image: image.reference, boot: uuid))
        }
    }

    private func plain(_ method: String, _ path: String, range: String? = nil) -> [UInt8] {
        RequestText.plain(method, path, host: server.address, port: server.port, range: range)
    }

    private func agent(
        _ method: String, _ path: String, key isAuthenticated: Bool = true, range: String? = nil, body: String? = nil
    ) -> [UInt8] {
        RequestText.agent(
            method, path, host: server.address, port: server.port, key: isAuthenticated ? key : nil, range: range,
            body: body)
    }

    private var enrolBody: String {
        guard let keyDigest else { return "" }
        return AgentBodies.enrol(
            mac: mac, uuid: uuid, firmware: behaviour.firmware, keyDigest: keyDigest, profile: profile)
    }

    private func reportBody(_ events: [AgentEvents.Event]) -> String {
        AgentBodies.report(
            deployment: deployment, firstNumber: eventsSent, time: around.clock.now().description, events)
    }

    /// A host key of its own, as the agent makes one.
    private var hostKey: String {
        var seeded = SeededRandom(seed: behaviour.seed, stream: 1)
        guard let pair = try? Curve25519.Signing.PrivateKey(rawRepresentation: seeded.bytes(32)),
            let key = try? SSHPublicKey(ed25519: Array(pair.publicKey.rawRepresentation))
        else { return "" }
        return key.line(comment: "root@\(name)")
    }
}
