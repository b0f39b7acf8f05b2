import Inventory
import MusterBase
import Testing

@Suite("types of attributes")
struct AttributeTypeTests {
    @Test(
        "an allowed value is brought to its normal form",
        arguments: [
            (AttributeType.macAddress, "52-54-00-AB-CD-EF", "52:54:00:ab:cd:ef"), (.integer(0...10), "07", "7"),
            (.boolean, "Yes", "true"), (.boolean, "off", "false"), (.ipv4Address, "10.0.0.1", "10.0.0.1"),
            (.ipv4WithPrefix, "10.1.2.3/16", "10.1.2.3/16"),
            (.uuid, "4C4C454400423510805600000000ABCD", "4c4c4544-0042-3510-8056-00000000abcd"),
            (.list(of: .ipv4Address), " 10.0.0.1, 10.0.0.2 ,10.0.0.1", "10.0.0.1,10.0.0.2"),
            (.enumeration(["a", "b"]), "b", "b"), (.string, "Grüße", "Grüße"),
            (.sshPublicKey, "ssh-ed25519 AAAAC3Nza+/= a b", "ssh-ed25519 AAAAC3Nza+/= a b"),
            (.passwordHash, "$6$salt$abcdefgh", "$6$salt$abcdefgh"), (.name, "rack_1.a-b", "rack_1.a-b"),
            (.ipv6Address, "FD00:0:0:1:0:0:0:1", "fd00:0:0:1::1"), (.ipv6Address, "2001:db8::0", "2001:db8::"),
            (.ipv6WithPrefix, "fd00::00a/64", "fd00::a/64"), (.ipv6WithPrefix, "1:0:0:2::3/128", "1:0:0:2::3/128"),
            (.route, "10.9.0.0/16  via 10.1.0.1", "10.9.0.0/16 via 10.1.0.1"),
            (.route, "0.0.0.0/0 via 10.1.0.1 metric 07", "0.0.0.0/0 via 10.1.0.1 metric 7"),
            (.ipv4WithPrefix, "127.0.1.0/8", "127.0.1.0/8"), (.ipv4WithPrefix, "10.0.0.0/31", "10.0.0.0/31"),
            (.ipv4WithPrefix, "10.0.0.255/32", "10.0.0.255/32"), (.ipv4Address, "127.0.0.53", "127.0.0.53"),
            (.timeZone, "America/Port-au-Prince", "America/Port-au-Prince"), (.timeZone, "Etc/GMT+5", "Etc/GMT+5"),
            (.timeZone, "UTC", "UTC"), (.locale, "ca_ES.UTF-8@valencia", "ca_ES.UTF-8@valencia"), (.locale, "C", "C"),
            (.keyboard, "us(intl),de", "us(intl),de"), (.keyboard, "de-latin1", "de-latin1"),
            (.diskRule, "bus=nvme, size>=2000G", "bus=nvme,size>=2T"),
        ])
    func allowed(type: AttributeType, text: String, normal: String) { #expect(type.normalize(text) == normal) }

    @Test(
        "a value that is not allowed is refused",
        arguments: [
            (AttributeType.macAddress, "52:54:00:12:34"), (.macAddress, "01:00:5e:00:00:01"),
            (.macAddress, "00:00:00:00:00:00"), (.integer(0...10), "11"), (.integer(0...10), "1x"),
            (.integer(0...10), ""),
            (.integer(0...10), "+1"), (.boolean, "maybe"), (.ipv4Address, "10.0.0.256"), (.ipv4Address, "10.0.0.01"),
            (.ipv4Address, "10.0.0"), (.ipv4Address, "10.0.0.1."), (.ipv4Address, ".10.0.1"),
            (.ipv4Address, "1.2.3.4.5"),
            (.ipv4WithPrefix, "10.1.2.3"), (.ipv4WithPrefix, "10.1.2.3/33"), (.ipv4WithPrefix, "10.1.2.3/"),
            (.ipv4WithPrefix, "10.1.2.3/08"), (.ipv4WithPrefix, "10.1.2.3/1/1"),
            (.uuid, "00000000-0000-0000-0000-000000000000"), (.uuid, "ffffffff-ffff-ffff-ffff-ffffffffffff"),
            (.uuid, "x"),
            (.list(of: .ipv4Address), "10.0.0.1,x"), (.enumeration(["a", "b"]), "c"), (.string, "a\u{7}b"),
            (.sshPublicKey, "AAAA"), (.sshPublicKey, "ssh-ed25519"), (.passwordHash, "secret"),
            (.passwordHash, "$6$a:b$cdefghij"),
            (.name, "a b"), (.name, ""),
            (.ipv6Address, "fd00::1::2"), (.ipv6Address, "fd00"), (.ipv6Address, "::"), (.ipv6Address, "::1"),
            (.ipv6Address, "ff02::1"), (.ipv6Address, "1:2:3:4:5:6:7:8:9"), (.ipv6Address, "1:2:3:4:5:6:7::8"),
            (.ipv6Address, ":1:2:3:4:5:6:7"), (.ipv6Address, "fd00::12345"), (.ipv6Address, "fd00::1%eth0"),
            (.ipv6Address, ":::"), (.ipv6WithPrefix, "fd00::1"), (.ipv6WithPrefix, "fd00::1/0"),
            (.ipv6WithPrefix, "fd00::1/064"), (.ipv6WithPrefix, "fd00::1/129"),
            (.route, "10.9.0.1/16 via 10.1.0.1"), (.route, "10.9.0.0/16 via 0.0.0.0"), (.route, "10.9.0.0/16"),
            (.route, "10.9.0.0/16 via 10.1.0.1 metric -1"), (.route, "10.9.0.0/16 via 10.1.0.1 metric"),
            (.route, "10.9.0.0/16 via 10.1.0.1; reboot"),
            (.ipv4WithPrefix, "10.70.0.0/16"), (.ipv4WithPrefix, "10.70.255.255/16"), (.ipv4WithPrefix, "10.0.0.1/0"),
            (.ipv4WithPrefix, "224.0.0.1/8"), (.ipv4WithPrefix, "239.255.255.254/8"), (.ipv4WithPrefix, "0.0.0.0/0"),
            (.ipv4WithPrefix, "0.1.2.3/8"), (.ipv4WithPrefix, "127.0.0.0/8"),
            (.ipv4Address, "255.255.255.255"), (.ipv4Address, "224.0.0.5"), (.ipv4Address, "0.0.0.0"),
            (.timeZone, "../../etc/passwd"), (.timeZone, "/etc/localtime"), (.timeZone, "Europe//Berlin"),
            (.timeZone, "Europe/Berlin/"), (.timeZone, "Europe/Berlin\n"), (.timeZone, ""), (.timeZone, "a b"),
            (.timeZone, "Europe/.."), (.timeZone, "-x"), (.locale, "de_DE; reboot"), (.locale, "../x"), (.locale, ""),
            (.locale, "a/b"), (.keyboard, "US"), (.keyboard, "us\nx"), (.keyboard, ""), (.keyboard, "-us"),
            (.diskRule, ""), (.diskRule, "fastest"), (.diskRule, "smallest,largest"),
        ])
    func refused(type: AttributeType, text: String) { #expect(type.normalize(text) == nil) }

    @Test("a value has at most 64 KiB")
    func length() {
        #expect(AttributeType.string.normalize(String(repeating: "x", count: 65_536)) != nil)
        #expect(AttributeType.string.normalize(String(repeating: "x", count: 65_537)) == nil)
    }
}
