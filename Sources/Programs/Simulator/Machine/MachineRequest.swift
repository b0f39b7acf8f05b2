import MusterAPI
import MusterBase

/// One request of a machine over HTTP, and the step that it belongs to.
enum MachineRequest: Sendable, Hashable {
    // Firmware and iPXE, in the clear
    case loaderSize
    case loader
    case script
    case file(Int)
    // The agent in the initramfs, over TLS
    case time
    case enrol
    case configuration
    case manifest
    case signature
    case chunk(Int, isLast: Bool)
    case certificates
    case report(AgentEvents.Batch, tenth: Int)
    // The agent of the booted system, over TLS
    case heartbeat

    /// What the agent asks for in the initramfs, in this order, until it knows the image's chunks.
    static let agent: [MachineRequest] = [
        .time, .enrol, .report(.enrolled, tenth: 0), .configuration, .report(.configured, tenth: 0), .manifest,
        .signature, .report(.verified, tenth: 0),
    ]

    /// What follows, with so many chunks to load.
    static func rest(chunks: Int) -> [MachineRequest] {
        var requests: [MachineRequest] = []
        var tenth = 0
        for index in 0..<chunks {
            requests.append(.chunk(index, isLast: index == chunks - 1))
            let reached = (index + 1) * 10 / chunks
            while tenth < reached {
                tenth += 1
                requests.append(.report(.tenth, tenth: tenth))
            }
        }
        return requests + [.report(.loaded, tenth: 0), .certificates, .report(.certified, tenth: 0)]
    }

    /// What the agent of the booted system does until the machine counts as deployed.
    static let system: [MachineRequest] = [
        .heartbeat, .report(.starting, tenth: 0), .report(.deployed, tenth: 0),
    ]

    var step: SimulatedStep {
        switch self {
        case .loaderSize, .loader: .loader
        case .script: .script
        case .file: .kernel
        case .time: .server
        case .enrol: .enrol
        case .configuration: .configuration
        case .manifest, .signature: .manifest
        case .chunk: .rootImage
        case .certificates: .certificates
        case .report: .report
        case .heartbeat: .heartbeat
        }
    }

    /// Whether the answer's body is looked at.
    var keepsBody: Bool {
        switch self {
        case .script, .enrol, .manifest, .certificates: true
        default: false
        }
    }

    var isHead: Bool { self == .loaderSize }

    /// Whether it is the last of its step, so that the step's time is known with its answer.
    var endsStep: Bool {
        switch self {
        case .loaderSize, .loader, .manifest, .file, .chunk(_, isLast: false): false
        default: true
        }
    }
}

/// The text of requests.
enum RequestText {
    /// As iPXE and firmware ask.
    static func plain(
        _ method: String = "GET", _ path: String, host: IPv4Address, port: UInt16, range: String? = nil
    ) -> [UInt8] {
        var text = "\(method) \(path) HTTP/1.1\r\nConnection: keep-alive\r\nUser-Agent: iPXE/1.21.1\r\nHost: \(host)"
        if port != 80 { text += ":\(port)" }
        if let range { text += "\r\nRange: bytes=\(range)" }
        return Array((text + "\r\n\r\n").utf8)
    }

    /// As the agent asks.
    static func agent(
        _ method: String, _ path: String, host: IPv4Address, port: UInt16, key: String? = nil, range: String? = nil,
        body: String? = nil
    ) -> [UInt8] {
        var text = "\(method) \(path) HTTP/1.1\r\nhost: \(host)"
        if port != 443 { text += ":\(port)" }
        text += "\r\nuser-agent: muster"
        if let key { text += "\r\nauthorization: Bearer \(key)" }
        if let range { text += "\r\nrange: bytes=\(range)" }
        if let body { text += "\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)" }
        return Array((text + "\r\n\r\n" + (body ?? "")).utf8)
    }
}
