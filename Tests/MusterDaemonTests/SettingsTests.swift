import MusterBase
import MusterDaemon
import Testing

@Suite struct SettingsTests {
    @Test("nothing but comments stands for the defaults, which serve no network")
    func blank() throws {
        #expect(try Settings(yaml: "# nothing\n\n", file: "muster.yaml") == Settings())
        #expect(Settings().networks.isEmpty)
    }

    @Test("an interface that is not there is warned of")
    func absentInterface() throws {
        let settings = try Settings(yaml: "networks:\n  - interface: eth1\n  - interface: eth9", file: "muster.yaml")
        let warnings = settings.warnings { $0 == "eth1" }
        #expect(
            warnings == ["there is no interface 'eth9' on this host now: its network is not served before there is"])
    }

    @Test("all keys are read")
    func allKeys() throws {
        let settings = try Settings(
            yaml: """
                networks:
                  - interface: eth1
                    mode: own
                    router: 10.1.0.1
                    dns: [10.1.0.2, 10.1.0.3]
                    lease: 120
                    dynamic_range: 10.1.255.1-10.1.255.254
                  - interface: eth2
                    mode: proxy
                http_port: 8080
                https_port: 8443
                tftp_port: 6969
                dhcp_port: 6767
                log_level: debug
                connections_per_address: 1000
                heartbeat: 30
                mirrors: [10.1.0.2:443, 10.1.0.3:8443]
                plays_at_once: 8
                plays_timeout: 600
                """, file: "muster.yaml")
        #expect(settings.networks.map(\.interface) == ["eth1", "eth2"])
        #expect(settings.networks[0].dynamicRange == IPv4Address(10, 1, 255, 1)...IPv4Address(10, 1, 255, 254))
        #expect(settings.networks[0].dns.count == 2 && settings.networks[0].lease == 120)
        #expect(settings.networks[1].mode == .proxy)
        #expect(settings.connectionsPerAddress == 1000)
        #expect(settings.playsAtOnce == 8 && settings.playsTimeout == 600)
        #expect(settings.mirrors == ["10.1.0.2:443", "10.1.0.3:8443"])
        #expect(settings.httpPort == 8080 && settings.heartbeat == 30 && settings.logLevel == "debug")
    }

    @Test(
        "what cannot be taken is told in one line with its place",
        arguments: [
            ("network: []", "muster.yaml:1:1: unknown key 'network'"),
            ("networks:\n  - mode: own", "lacks the key 'interface'"),
            ("networks:\n  - interface: eth1\n    mode: both", "muster.yaml:3:11: 'both' is no mode"),
            ("networks:\n  - interface: eth1\n    router: 10.1", "'10.1' is no IPv4 address"),
            ("networks:\n  - interface: eth1\n  - interface: eth1", "'eth1' stands in networks twice"),
            ("networks:\n  - interface: a\n    mode: proxy\n    dynamic_range: 10.0.0.1-10.0.0.2", "mode 'own' only"),
            ("networks:\n  - interface: a\n    dynamic_range: 10.0.0.9-10.0.0.2", "is no range of addresses"),
            ("networks:\n  - interface: a\n    dynamic_range: 10.0.0.0-10.2.0.0", "more than 65536 addresses"),
            ("http_port: 0", "'0' is no http_port"), ("http_port: 70000", "'70000' is no http_port"),
            ("heartbeat: 1", "'1' is no heartbeat"), ("mirrors: [10.1.0.2]", "'10.1.0.2' is no mirror"),
            ("mirrors: [10.1.0.2:0]", "'10.1.0.2:0' is no mirror"), ("mirrors: [a:1]", "'a:1' is no mirror"),
            ("plays_at_once: 0", "'0' is no plays_at_once"), ("plays_timeout: 1", "'1' is no plays_timeout"),
            ("log_level: loud", "'loud' is no log_level"), ("a: [", "muster.yaml:2:1: this is not YAML"),
        ])
    func refused(text: String, message: String) {
        let error = #expect(throws: MusterError.self) { try Settings(yaml: text, file: "muster.yaml") }
        #expect(error?.exitCode == 1)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.description.contains("\n") == false)
    }
}
