import MusterBase
import Testing

@Suite struct AddressTests {
    @Test(
        "a MAC address is read in the forms that vendors print",
        arguments: [
            "52:54:00:ab:cd:ef", "52-54-00-AB-CD-EF", "5254.00ab.cdef", "525400ABCDEF",
        ])
    func macForms(text: String) {
        #expect(MACAddress(text)?.description == "52:54:00:ab:cd:ef")
    }

    @Test(
        "what is no MAC address is refused",
        arguments: [
            "", "52:54:00:ab:cd", "52:54:00:ab:cd:ef:01", "52:54:00:ab:cd:eg", ":52:54:00:ab:cd:ef",
            "5:254:00:ab:cd:ef",
            "52:54:00:ab:cd:ef:",
        ])
    func macRefused(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test("the octets of a MAC address come back")
    func macOctets() {
        let octets: [UInt8] = [0x52, 0x54, 0, 0xab, 0xcd, 0xef]
        #expect(MACAddress(octets: octets)?.octets == octets)
        #expect(MACAddress(octets: [1, 2, 3]) == nil)
        #expect(MACAddress("01:00:5e:00:00:01")?.isMulticast == true)
        #expect(MACAddress("52:54:00:00:00:01")?.isMulticast == false)
    }

    @Test(
        "an IPv4 address is read strictly",
        arguments: [
            ("10.0.0.1", true), ("0.0.0.0", true), ("255.255.255.255", true), ("10.0.0", false), ("10.0.0.256", false),
            ("10.0.0.01", false), ("10.0.0.1.", false), ("10.0.0.-1", false), ("", false), ("10..0.1", false),
            ("1e1.0.0.1", false),
        ])
    func ipv4(text: String, isValid: Bool) {
        #expect((IPv4Address(text) != nil) == isValid)
        if isValid { #expect(IPv4Address(text)?.description == text) }
    }

    @Test("a network knows its first address, its mask and its broadcast address")
    func network() throws {
        let network = try #require(IPv4Network("10.1.2.3/20"))
        #expect(network.first == IPv4Address(10, 1, 0, 0))
        #expect(network.mask == IPv4Address(255, 255, 240, 0))
        #expect(network.broadcast == IPv4Address(10, 1, 15, 255))
        #expect(network.contains(IPv4Address(10, 1, 15, 1)))
        #expect(!network.contains(IPv4Address(10, 1, 16, 1)))
        #expect(network.description == "10.1.2.3/20")
    }

    @Test("a prefix of no length holds everything, one of 32 only itself")
    func edges() throws {
        #expect(try #require(IPv4Network("1.2.3.4/0")).contains(.broadcast))
        let host = try #require(IPv4Network("1.2.3.4/32"))
        #expect(host.contains(host.address) && !host.contains(IPv4Address(1, 2, 3, 5)))
        #expect(IPv4Network("1.2.3.4/33") == nil && IPv4Network("1.2.3.4/-1") == nil && IPv4Network("1.2.3.4") == nil)
    }

    @Test("a mask with a hole is no mask")
    func masks() {
        let address = IPv4Address(10, 0, 0, 1)
        #expect(IPv4Network(address, mask: IPv4Address(255, 255, 254, 0))?.prefixLength == 23)
        #expect(IPv4Network(address, mask: IPv4Address(255, 0, 255, 0)) == nil)
        #expect(IPv4Network(address, mask: .any)?.prefixLength == 0)
    }
}

@Suite struct MachineUUIDTests {
    private let text = "00112233-4455-6677-8899-aabbccddeeff"

    @Test("SMBIOS stores the first three fields with the low octet first")
    func byteOrder() throws {
        let uuid = try #require(MachineUUID(text))
        #expect(uuid.octets == (0...15).map { UInt8($0 * 17) })
        #expect(uuid.smbiosOctets.prefix(8) == [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66])
        #expect(MachineUUID(smbiosOctets: uuid.smbiosOctets) == uuid)
    }

    @Test("it is read with and without hyphens, and printed in lower case")
    func forms() {
        #expect(MachineUUID(text.uppercased())?.description == text)
        #expect(MachineUUID(text.filter { $0 != "-" })?.description == text)
        #expect(MachineUUID("0011-2233") == nil)
        #expect(MachineUUID("00112233x4455-6677-8899-aabbccddeeff") == nil)
    }

    @Test("the values that vendors leave in place of one are not usable")
    func unusable() {
        #expect(MachineUUID(high: 0, low: 0).isUsable == false)
        #expect(MachineUUID(high: .max, low: .max).isUsable == false)
        #expect(MachineUUID(high: 0, low: 1).isUsable)
    }
}
