import MusterBase

/// The bodies of the agent's requests, written as MusterJSON writes them and without the detour over its encoder: a
/// machine room's worth of agents must not cost the simulator more than the server.
package enum AgentBodies {
    package static func enrol(
        mac: MACAddress, uuid: MachineUUID, firmware: SimulatedFirmware, keyDigest: ContentDigest, profile: String
    ) -> String {
        """
        {"agent":"\(MusterVersion.current)","key_digest":"\(keyDigest)","machine":{"architecture":"x86_64",\
        "firmware":"\(firmware.agentName)","macs":["\(mac)"],"memory":270156742656,"processors":64,\
        "serial":"SIM-\(uuid.low & 0xFF_FFFF)","uuid":"\(uuid)"},"profile":"\(profile)"}
        """
    }

    package static func report(
        deployment: String, firstNumber: Int, time: String, _ events: [AgentEvents.Event]
    ) -> String {
        var text = "{\"deployment\":\"\(deployment)\",\"events\":["
        for (index, event) in events.enumerated() {
            if index > 0 { text += "," }
            text += "{\"message\":\"\(event.message)\","
            if let progress = event.progress { text += "\"progress\":\(progress)," }
            text += "\"source\":\"agent\",\"status\":\"\(event.status.rawValue)\",\"step\":\"\(event.step)\","
            text += "\"time\":\"\(time)\"}"
        }
        return text + "],\"first_number\":\(firstNumber)}"
    }

    package static func hostCertificates(_ publicKey: String) -> String { "{\"public_keys\":[\"\(publicKey)\"]}" }

    package static func heartbeat(image: String, boot: MachineUUID) -> String {
        """
        {"boot_identifier":"\(boot)","going_down":false,"image":"\(image)","memory_available":268435456000,\
        "uptime":14}
        """
    }

    /// The size of a file in an image's manifest, whose keys come in order; nil when it is not there.
    package static func size(of file: String, in manifest: [UInt8]) -> Int? {
        guard let end = end(of: Array("\"name\":\"\(file)\",\"size\":".utf8), in: manifest) else { return nil }
        return Int(String(decoding: manifest[end...].prefix { (48...57).contains($0) }, as: UTF8.self))
    }

    /// What a stored chunk is longer than its plain size.
    static let chunkOverhead = 28

    /// The chunks of a manifest's root file system: where each lies, and its plain size.
    package static func chunks(in manifest: [UInt8]) -> [(path: String, size: Int)] {
        guard let start = end(of: Array("\"chunks\":[".utf8), in: manifest),
            let stop = manifest[start...].firstIndex(of: UInt8(ascii: "]"))
        else { return [] }
        let (digest, size) = (Array("{\"digest\":\"sha256:".utf8), Array("\",\"size\":".utf8))
        return manifest[start..<stop].split(separator: UInt8(ascii: "}")).compactMap { entry in
            let entry = entry.first == UInt8(ascii: ",") ? entry.dropFirst() : entry
            guard entry.starts(with: digest) else { return nil }
            let hex = entry.dropFirst(digest.count).prefix(64)
            let rest = entry.dropFirst(digest.count + 64)
            guard rest.starts(with: size), let octets = Int(String(decoding: rest.dropFirst(size.count), as: UTF8.self))
            else { return nil }
            let name = String(decoding: hex, as: UTF8.self)
            return ("/images/chunks/\(name.prefix(2))/\(name)", octets)
        }
    }

    /// Whether the body holds a certificate for an Ed25519 host key.
    package static func hasCertificate(_ body: [UInt8]) -> Bool {
        end(of: Array("ssh-ed25519-cert-v01@openssh.com AAAA".utf8), in: body) != nil
    }

    /// The text of a key in a JSON object whose texts have no escapes; nil when it is not there.
    package static func text(_ key: String, in body: [UInt8]) -> String? {
        end(of: Array("\"\(key)\":\"".utf8), in: body).map { start in
            String(decoding: body[start...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
        }
    }

    /// Where what follows a piece of text begins; nil when it is not there.
    private static func end(of mark: [UInt8], in body: [UInt8]) -> Int? {
        guard body.count > mark.count else { return nil }
        for start in 0...(body.count - mark.count) where body[start] == mark[0] {
            if body[start..<start + mark.count].elementsEqual(mark) { return start + mark.count }
        }
        return nil
    }
}
