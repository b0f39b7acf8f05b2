import DHCPWire
import MusterBase
import Testing

/// Options with a content that can be read.
private func options(_ code: DHCPOptionCode, _ octets: [UInt8]) -> DHCPOptions {
    var options = DHCPOptions()
    options.set(code, octets)
    return options
}

@Suite("DHCP options")
struct OptionTests {
    @Test("an absent option is nil and no error")
    func absent() throws {
        let none = DHCPOptions()
        #expect(try none.messageType() == nil)
        #expect(try none.address(.requestedAddress) == nil)
        #expect(try none.addresses(.router) == nil)
        #expect(try none.integer(.leaseTime, as: UInt32.self) == nil)
        #expect(try none.text(.hostName) == nil)
        #expect(none.vendorClass == nil)
        #expect(try none.clientIdentifier() == nil)
        #expect(try none.clientArchitectures() == nil)
        #expect(try none.clientNetworkInterface() == nil)
        #expect(try none.machineUUID() == nil)
        #expect(try none.relayAgentInformation() == nil)
        #expect(try none.parameterRequestList() == nil)
        #expect(try none.pxeVendorOptions() == nil)
        #expect(try none.musterVendorOptions() == nil)
        #expect(try none.vendorIdentifying(.vendorIdentifyingOptions) == nil)
        #expect(try none.classlessRoutes() == nil)
        #expect(none.maximumPayload == 548)
        #expect(none.asksFor(.router))
    }

    @Test("good contents are read")
    func good() throws {
        #expect(try options(.messageType, [1]).messageType() == .discover)
        #expect(try options(.requestedAddress, [10, 1, 2, 3]).address(.requestedAddress) == IPv4Address(10, 1, 2, 3))
        #expect(
            try options(.router, [10, 0, 0, 1, 10, 0, 0, 2]).addresses(.router)
                == [IPv4Address(10, 0, 0, 1), IPv4Address(10, 0, 0, 2)])
        #expect(try options(.leaseTime, [0, 0, 14, 16]).integer(.leaseTime, as: UInt32.self) == 3600)
        #expect(try options(.hostName, Array("n1\0\0".utf8)).text(.hostName) == "n1")
        #expect(try options(.clientIdentifier, [1, 2, 3]).clientIdentifier() == [1, 2, 3])
        #expect(try options(.clientArchitecture, [0, 7, 0, 16]).clientArchitectures() == [.x64UEFI, .x64UEFIHTTP])
        #expect(
            try options(.clientNetworkInterface, [1, 2, 1]).clientNetworkInterface()
                == ClientNetworkInterface(type: 1, major: 2, minor: 1))
        #expect(try options(.parameterRequestList, [1, 3]).parameterRequestList() == [.subnetMask, .router])
        #expect(options(.maximumMessageSize, [5, 0xDC]).maximumPayload == 1472)
    }

    @Test("contents that are short, empty or wrong are malformed", arguments: wrongContents)
    func wrong(_ wrong: WrongContent) {
        #expect { try wrong.read(options(wrong.code, wrong.octets)) } throws: { error in
            (error as? MusterError)?.code == .malformed
        }
    }

    @Test("the machine's UUID has its first three fields in little-endian order")
    func machineUUID() throws {
        let octets: [UInt8] = [0] + [0x44, 0x33, 0x22, 0x11, 0x66, 0x55, 0x88, 0x77] + Array(0x90...0x97)
        let uuid = try options(.clientMachineIdentifier, octets).machineUUID()
        #expect(uuid?.description == "11223344-5566-7788-9091-929394959697")
        #expect(try options(.clientMachineIdentifier, [0] + [UInt8](repeating: 255, count: 16)).machineUUID() == nil)
        #expect(try options(.clientMachineIdentifier, [1, 2, 3]).machineUUID() == nil)
    }

    @Test("the user class is found in the form of RFC 3004 and as the bare text of iPXE")
    func userClass() {
        #expect(options(.userClass, Array("iPXE".utf8)).hasUserClass("iPXE"))
        #expect(options(.userClass, [4] + Array("iPXE".utf8)).hasUserClass("iPXE"))
        #expect(options(.userClass, [1, 65, 4] + Array("iPXE".utf8)).hasUserClass("iPXE"))
        #expect(!options(.userClass, []).hasUserClass("iPXE"))
        #expect(!options(.userClass, Array("iPX".utf8)).hasUserClass("iPXE"))
        #expect(!options(.userClass, [5] + Array("iPXE".utf8)).hasUserClass("iPXE"))
        #expect(!options(.userClass, [0]).hasUserClass("iPXE"))
        var written = DHCPOptions()
        written.setUserClass("iPXE")
        #expect(written[.userClass] == [4, 0x69, 0x50, 0x58, 0x45])
    }

    @Test("iPXE is taken to have HTTP unless it lists its features without it")
    func ipxeFeatures() {
        func ipxe(_ features: [UInt8]?) -> DHCPOptions {
            var options = options(.userClass, Array("iPXE".utf8))
            if let features { options.set(.ipxe, features) }
            return options
        }
        #expect(ipxe(nil).hasIPXEOverHTTP)
        #expect(ipxe([0x21, 1, 1, 0x13, 1, 1]).hasIPXEOverHTTP)
        #expect(!ipxe([0x21, 1, 1]).hasIPXEOverHTTP)
        #expect(ipxe([0x21, 9]).hasIPXEOverHTTP)
        #expect(!options(.ipxe, [0x13, 1, 1]).hasIPXEOverHTTP)
        var told = DHCPOptions()
        told.setIPXEWithoutProxyDHCP()
        #expect(told[.ipxe] == [176, 1, 1])
    }

    @Test(
        "the vendor class tells firmware, HTTP firmware and the agent apart",
        arguments: [
            ("PXEClient:Arch:00007:UNDI:003016", DHCPVendorClass.pxeClient), ("HTTPClient:Arch:00016", .httpClient),
            ("muster-agent", .musterAgent), ("muster-agent2", .other), ("udhcp 1.36.1", .other), ("PXEClien", .other),
        ])
    func vendorClass(_ text: String, _ expected: DHCPVendorClass) {
        #expect(options(.vendorClass, Array(text.utf8)).vendorClass == expected)
    }

    @Test("Muster's option 43 is read only from who names itself muster-agent")
    func musterVendor() throws {
        let told = MusterVendorOptions(
            nodeAPI: [.init(address: IPv4Address(10, 0, 0, 1), port: 443)],
            http: [.init(address: IPv4Address(10, 0, 0, 1), port: 80)])
        #expect(told.octets == [1, 6, 10, 0, 0, 1, 1, 187, 2, 6, 10, 0, 0, 1, 0, 80])
        var options = DHCPOptions()
        options.setMusterVendorOptions(told)
        #expect(try options.musterVendorOptions() == told)
        options.setText(.vendorClass, "PXEClient")
        #expect(try options.musterVendorOptions() == nil)
        let many = MusterVendorOptions(
            nodeAPI: (0..<100).map { .init(address: IPv4Address(rawValue: $0), port: 1) })
        #expect(try MusterVendorOptions(octets: many.octets[...]).nodeAPI.count == MusterVendorOptions.maximumEndpoints)
    }

    @Test("PXE sub-options are read and written, with the closing 255")
    func pxeVendor() throws {
        let pxe = PXEVendorOptions(discoveryControl: 8, bootItem: .init(type: 0x8000, layer: 1))
        #expect(pxe.octets == [6, 1, 8, 71, 4, 0x80, 0, 0, 1, 255])
        #expect(try PXEVendorOptions(octets: pxe.octets[...]) == pxe)
        #expect(try PXEVendorOptions(octets: [0, 0, 255, 9]) == PXEVendorOptions())
    }

    @Test("sub-options of a relay are read")
    func relay() throws {
        let octets: [UInt8] = [1, 4, 0, 4, 0, 7, 2, 2, 0xAA, 0xBB, 5, 4, 10, 9, 0, 0, 99, 1, 1]
        #expect(
            try RelayAgentInformation(octets: octets[...])
                == RelayAgentInformation(
                    circuit: [0, 4, 0, 7], remote: [0xAA, 0xBB], linkSelection: IPv4Address(10, 9, 0, 0)))
    }

    @Test("classless routes are the example of RFC 3442 and come back as they were")
    func routes() throws {
        // 10.229.0.128/25 by 10.229.0.1 and 0.0.0.0/0 by 10.198.122.47
        let octets: [UInt8] = [25, 10, 229, 0, 128, 10, 229, 0, 1, 0, 10, 198, 122, 47]
        let routes = try #require(try options(.classlessStaticRoutes, octets).classlessRoutes())
        #expect(routes.map(\.destination.description) == ["10.229.0.128/25", "0.0.0.0/0"])
        #expect(routes.map(\.router.description) == ["10.229.0.1", "10.198.122.47"])
        var written = DHCPOptions()
        written.setClasslessRoutes(routes)
        #expect(written[.classlessStaticRoutes] == octets[...])
    }

    @Test("vendor-identifying data come back as they were")
    func vendorIdentifying() throws {
        let list = [
            VendorIdentifyingData(enterprise: 343, data: [1, 2]), VendorIdentifyingData(enterprise: 9, data: []),
        ]
        var options = DHCPOptions()
        options.setVendorIdentifying(.vendorIdentifyingOptions, list)
        #expect(options[.vendorIdentifyingOptions] == [0, 0, 1, 87, 2, 1, 2, 0, 0, 0, 9, 0])
        #expect(try options.vendorIdentifying(.vendorIdentifyingOptions) == list)
    }

    @Test("every known architecture has a name, and HTTP ones say so")
    func architectures() {
        #expect(ClientArchitecture.x64UEFI.name == "x86-64 UEFI")
        #expect(ClientArchitecture(999).name == "architecture 999")
        for raw in UInt16(0)...41 {
            let architecture = ClientArchitecture(raw)
            #expect(architecture.bootsOverHTTP == architecture.name.hasSuffix("HTTP"), "\(raw)")
        }
    }
}

/// An option's content that must be refused, and how it is read.
struct WrongContent: Sendable, CustomTestStringConvertible {
    let code: DHCPOptionCode
    let octets: [UInt8]
    let read: @Sendable (DHCPOptions) throws -> Void

    var testDescription: String { "option \(code.rawValue) of \(octets)" }
}

private let wrongContents: [WrongContent] = {
    func wrong(
        _ code: DHCPOptionCode, _ contents: [[UInt8]], _ read: @escaping @Sendable (DHCPOptions) throws -> Void
    ) -> [WrongContent] {
        contents.map { WrongContent(code: code, octets: $0, read: read) }
    }
    return [
        wrong(.messageType, [[], [0], [9], [1, 1]]) { _ = try $0.messageType() },
        wrong(.requestedAddress, [[], [1, 2, 3], [1, 2, 3, 4, 5]]) { _ = try $0.address(.requestedAddress) },
        wrong(.router, [[], [1, 2, 3], [1, 2, 3, 4, 5]]) { _ = try $0.addresses(.router) },
        wrong(.leaseTime, [[], [1, 2, 3]]) { _ = try $0.integer(.leaseTime, as: UInt32.self) },
        wrong(.hostName, [[], [0], [65, 10], [0x7F]]) { _ = try $0.text(.hostName) },
        wrong(.clientIdentifier, [[], [1]]) { _ = try $0.clientIdentifier() },
        wrong(.clientArchitecture, [[], [7], [0, 7, 0]]) { _ = try $0.clientArchitectures() },
        wrong(.clientNetworkInterface, [[], [1, 2]]) { _ = try $0.clientNetworkInterface() },
        wrong(.clientMachineIdentifier, [[], [0], [0, 1, 2]]) { _ = try $0.machineUUID() },
        wrong(.relayAgentInformation, [[1], [1, 4, 0]]) { _ = try $0.relayAgentInformation() },
        wrong(.parameterRequestList, [[]]) { _ = try $0.parameterRequestList() },
        wrong(.vendorSpecific, [[6], [6, 1], [6, 0], [71, 3, 1, 2, 3]]) { _ = try $0.pxeVendorOptions() },
        wrong(.vendorSpecific, [[1], [1, 0], [1, 5, 1, 2, 3, 4, 5], [1, 6, 1]]) {
            _ = try MusterVendorOptions(octets: $0[.vendorSpecific] ?? [])
        },
        wrong(.vendorIdentifyingOptions, [[], [0, 0, 0], [0, 0, 0, 1, 5, 1]]) {
            _ = try $0.vendorIdentifying(.vendorIdentifyingOptions)
        },
        wrong(.classlessStaticRoutes, [[], [33, 1, 2, 3, 4, 5, 6, 7, 8], [24, 10, 0], [0, 1, 2]]) {
            _ = try $0.classlessRoutes()
        },
    ].flatMap(\.self)
}()
