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

    /// The text of a key in a JSON object whose texts have no escapes; nil when it is not there.
    package static func text(_ key: String, in body: [UInt8]) -> String? {
        let mark = Array("\"\(key)\":\"".utf8)
        guard body.count > mark.count else { return nil }
        for start in 0...(body.count - mark.count) where body[start] == mark[0] {
            guard body[start..<start + mark.count].elementsEqual(mark) else { continue }
            return String(decoding: body[(start + mark.count)...].prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
        }
        return nil
    }
}
