import BootPolicy
import DHCPWire
import DeploymentModel
import MusterBase
import Testing

/// What a machine is led to: a table of cases.
struct TargetCase: Sendable, CustomTestStringConvertible {
    let asker: Asker
    let state: DeploymentState?
    let method: DeploymentMethod
    let target: BootTarget

    init(_ asker: Asker, _ state: DeploymentState?, _ method: DeploymentMethod, _ target: BootTarget) {
        (self.asker, self.state, self.method, self.target) = (asker, state, method, target)
    }

    init(_ asker: Asker, _ state: DeploymentState?, _ target: BootTarget) {
        self.init(asker, state, .untethered, target)
    }

    var testDescription: String { "\(asker), \(state.map { "\($0)" } ?? "no deployment"), \(method)" }
}

private let script = BootTarget.script("http://10.0.0.1/os/debian-12/boot.ipxe")
private let bios = BootTarget.loader("boot/undionly.kpxe")
private let x64 = BootTarget.loader("boot/snponly-x86_64.efi")
private let disk = BootTarget.disk(end: nil)
private let end = BootTarget.disk(end: "boot/end-x86_64.efi")
private let arm64 = BootTarget.loader("boot/snponly-arm64.efi")

private let cases: [TargetCase] = [
    // Each architecture has its loader.
    .init(.bios, .armed, bios), .init(.x64UEFI, .armed, x64), .init(.byteCode, .armed, x64),
    .init(.arm64, .armed, arm64), .init(.x86UEFI, .armed, .unsupported(.x86UEFI)),
    .init(.x86HTTP, .armed, .unsupported(.x86UEFIHTTP)),
    .init(.x64HTTP, .armed, .loaderURL("http://10.0.0.1/boot/snponly-x86_64.efi")),
    .init(.arm64HTTP, .armed, .loaderURL("http://10.0.0.1/boot/snponly-arm64.efi")),
    .init(.ipxe, .armed, script),
    // A system that runs from memory boots the same again, whatever became of it.
    .init(.bios, .booting, bios), .init(.bios, .deployed, bios), .init(.ipxe, .deployed, script),
    .init(.bios, .failed, bios), .init(.ipxe, .deployed, .tethered, script),
    // One on disk is led to the installer until it is installed, and never again.
    .init(.bios, .armed, .installtodisk, bios), .init(.ipxe, .booting, .installtodisk, script),
    .init(.ipxe, .installing, .installtodisk, script), .init(.bios, .staged, .installtodisk, disk),
    .init(.ipxe, .firstboot, .installtodisk, disk), .init(.bios, .deployed, .installtodisk, disk),
    // UEFI firmware would go on asking: it gets a program that ends at once.
    .init(.x64UEFI, .deployed, .installtodisk, end), .init(.byteCode, .staged, .installtodisk, end),
    .init(.arm64, .deployed, .installtodisk, .disk(end: "boot/end-arm64.efi")),
    .init(.x64HTTP, .failed, .installtodisk, .disk(end: "http://10.0.0.1/boot/end-x86_64.efi")),
    // Without a deployment there is nothing to boot.
    .init(.bios, nil, disk), .init(.ipxe, nil, disk), .init(.x64UEFI, nil, end),
    // A running system gets its address alone.
    .init(.system, .armed, .addressOnly), .init(.system, nil, .addressOnly),
]

@Suite("what a machine boots")
struct BootTargetTests {
    @Test("own mode: the offer and the trace name the target", arguments: cases)
    func own(_ test: TargetCase) throws {
        var scene = Scene([node(test.state, test.method)])
        let (packet, _) = try #require(try scene.answer(to: message(.discover, test.asker)))
        #expect(packet.yourAddress == nodeAddress)
        #expect(try bootFile(packet) == test.target.bootFile)
        #expect(packet.nextServer == (test.target.bootFile == nil ? .any : server))
        #expect(scene.directory.outcomes == (test.asker == .system ? [] : [.answered(.offer, test.target)]))
    }

    @Test("proxy mode: the offer has no address, and silence leads to the disk", arguments: cases)
    func proxy(_ test: TargetCase) throws {
        var scene = Scene([node(test.state, test.method)], settings: BootSettings(mode: .proxy))
        let outcome = scene.give(message(.discover, test.asker))
        switch (test.target, outcome) {
        case (.disk(nil), let outcome): #expect(outcome == .silence(.bootsFromDisk))
        case (.unsupported, let outcome): #expect(outcome == .silence(.noLoader))
        case (.addressOnly, let outcome): #expect(outcome == .silence(.foreignServer))
        case (_, .silence(let reason)): Issue.record("silence: \(reason)")
        case (_, .reply(let reply, let type)):
            let packet = try DHCPPacket(decoding: reply.octets)
            #expect(type == .offer)
            #expect(packet.yourAddress == .any)
            #expect(!packet.options.contains(.leaseTime) && !packet.options.contains(.subnetMask))
            #expect(!packet.options.contains(.router) && !packet.options.contains(.domainNameServer))
            #expect(try bootFile(packet) == test.target.bootFile)
            #expect(reply.destination == .broadcast)
        }
    }

    /// Both places that hold it must agree, where both do.
    private func bootFile(_ packet: DHCPPacket) throws -> String? {
        let field = packet.bootFile.isEmpty ? nil : String(decoding: packet.bootFile, as: UTF8.self)
        let option = try packet.options.text(.bootFileName)
        if let field, let option { #expect(field == option) }
        return field ?? option
    }

    @Test("HTTP firmware is told HTTPClient, PXE firmware is told nothing of itself in own mode")
    func vendorClass() throws {
        var scene = Scene()
        #expect(try scene.answer(to: message(.discover, .x64HTTP))?.packet.options.text(.vendorClass) == "HTTPClient")
        #expect(try scene.answer(to: message(.discover, .bios))?.packet.options.text(.vendorClass) == nil)
    }

    @Test("a proxy answer to PXE firmware says PXEClient, and to take the file without further discovery")
    func proxyOptions() throws {
        var scene = Scene(settings: BootSettings(mode: .proxy))
        let asked = message(.discover, .bios, uuid: knownUUID)
        let packet = try #require(try scene.answer(to: asked)).packet
        #expect(try packet.options.text(.vendorClass) == "PXEClient")
        #expect(try packet.options.pxeVendorOptions()?.discoveryControl == 8)
        #expect(packet.options[.clientMachineIdentifier] == asked.options[.clientMachineIdentifier])
        #expect(try packet.options.address(.serverIdentifier) == server)
    }

    @Test(
        "the agent is told where the members listen, this one first",
        arguments: [
            BootSettings.Mode.own, .proxy,
        ])
    func agent(_ mode: BootSettings.Mode) throws {
        let other = MusterVendorOptions.Endpoint(address: IPv4Address(10, 0, 0, 2), port: 8443)
        var scene = Scene(
            [node(.deployed, .installtodisk)],
            settings: BootSettings(
                mode: mode, httpPort: 8080, httpsPort: 4443, otherMembers: MusterVendorOptions(nodeAPI: [other])))
        let packet = try #require(try scene.answer(to: message(.discover, .agent))).packet
        let told = try #require(try packet.options.musterVendorOptions())
        #expect(told.nodeAPI.map(\.description) == ["10.0.0.1:4443", "10.0.0.2:8443"])
        #expect(told.http.map(\.description) == ["10.0.0.1:8080"])
        #expect(packet.yourAddress == (mode == .own ? nodeAddress : .any))
    }

    @Test(
        "a profile's signed loaders go to UEFI of their processor, also to go on to the disk; iPXE to all others"
    )
    func signed() throws {
        func file(_ asker: Asker, _ state: DeploymentState) throws -> String? {
            var facts = node(state, .installtodisk)
            facts.loaders = .signed(profile: "trixie", suffixes: ["x64"])
            var scene = Scene([facts])
            return try scene.answer(to: message(.discover, asker)).map {
                String(decoding: $0.packet.bootFile, as: UTF8.self)
            }
        }
        #expect(try file(.x64UEFI, .armed) == "os/trixie/boot/efi/shimx64.efi")
        #expect(try file(.x64HTTP, .armed) == "http://10.0.0.1/os/trixie/boot/efi/shimx64.efi")
        #expect(try file(.x64UEFI, .deployed) == "os/trixie/boot/end/shimx64.efi")
        #expect(try file(.arm64, .armed) == "boot/snponly-arm64.efi")
        #expect(try file(.bios, .armed) == "boot/undionly.kpxe")
        #expect(try file(.ipxe, .armed) == "http://10.0.0.1/os/debian-12/boot.ipxe")
    }

    @Test("ports and characters of a profile stand right in the URL")
    func url() throws {
        var facts = node()
        facts.deployment?.profile = "my os"
        var scene = Scene([facts], settings: BootSettings(httpPort: 8080))
        let packet = try #require(try scene.answer(to: message(.discover, .ipxe))).packet
        #expect(packet.bootFile == Array("http://10.0.0.1:8080/os/my%20os/boot.ipxe".utf8))
    }

    @Test("iPXE that was built without HTTP gets the loader")
    func ipxeWithoutHTTP() throws {
        var scene = Scene()
        let without = message(.discover, .ipxe) { $0.options.set(DHCPOptionCode(175), [0x22, 1, 1, 0x21, 1, 1]) }
        #expect(try scene.answer(to: without)?.packet.bootFile == Array("boot/snponly-x86_64.efi".utf8))
        let with = message(.discover, .ipxe) { $0.options.set(DHCPOptionCode(175), [0x22, 1, 1, 0x13, 1, 1]) }
        #expect(try scene.answer(to: with)?.packet.bootFile.starts(with: "http://".utf8) == true)
    }

    @Test(
        "iPXE is told not to wait for a proxy where Muster gives the address, and only there",
        arguments: [
            BootSettings.Mode.own, .proxy,
        ])
    func noProxyWait(_ mode: BootSettings.Mode) throws {
        var scene = Scene(settings: BootSettings(mode: mode))
        #expect(try scene.answer(to: message(.discover, .ipxe))?.packet.options.contains(.ipxe) == (mode == .own))
        #expect(try scene.answer(to: message(.discover, .bios))?.packet.options.contains(.ipxe) == false)
    }

    @Test("a path longer than the file field goes into option 67")
    func longPath() throws {
        var facts = node()
        facts.deployment?.profile = String(repeating: "p", count: 120)
        var scene = Scene([facts])
        let packet = try #require(
            try scene.answer(to: message(.discover, .ipxe) { $0.options.setParameterRequestList([.router]) })
        ).packet
        #expect(packet.bootFile.isEmpty)
        #expect(try packet.options.text(.bootFileName)?.hasSuffix("ppp/boot.ipxe") == true)
    }
}

@Suite("what the trace says")
struct ObservationTests {
    @Test(
        "each step is one plain line",
        arguments: [
            (
                BootSettings.Mode.own, message(.discover, .bios),
                "Firmware (x86 BIOS) was given 10.0.0.11 and the loader boot/undionly.kpxe by TFTP (OFFER)"
            ),
            (
                .own, request(nodeAddress, .ipxe),
                "iPXE was given 10.0.0.11 and the script http://10.0.0.1/os/debian-12/boot.ipxe (ACK)"
            ),
            (.own, request(IPv4Address(10, 0, 0, 99)), "Firmware (x86 BIOS) asked for 10.0.0.99 and was refused"),
            (
                .own, message(.discover, .x86UEFI),
                "Firmware (x86 UEFI) was given 10.0.0.11 and nothing to boot, as there is no loader for this firmware (OFFER)"
            ),
            (.proxy, message(.discover, .agent), "The agent was given the members to ask (OFFER)"),
            (
                .proxy, message(.discover, .x86UEFI),
                "Firmware (x86 UEFI) asked, but there is no loader for this firmware"
            ),
        ])
    func lines(_ mode: BootSettings.Mode, _ packet: DHCPPacket, _ expected: String) {
        var scene = Scene(settings: BootSettings(mode: mode))
        _ = scene.give(packet)
        #expect(scene.directory.observations.map(\.message) == [expected])
        #expect(scene.directory.observations.map(\.transaction) == [0xC0FF_EE00])
        #expect(scene.directory.observations.map(\.node) == ["n1"])
    }
}
