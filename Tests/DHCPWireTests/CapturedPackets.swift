/// Packets captured in a private network: QEMU 7.2 with its iPXE ROM and OVMF 2022.11, served by dnsmasq 2.90.
enum CapturedPackets {
    /// iPXE in the ROM of a virtio card, BIOS.
    static let ipxeDiscover = annotatedHex(
        """
        01 // op: request
        010600 // htype Ethernet, hlen 6, hops 0
        0ade7164 // xid
        0004 // secs
        0000 // flags
        00000000 // ciaddr
        00000000 // yiaddr
        00000000 // siaddr
        00000000 // giaddr
        525400aa0001 00*10 // chaddr
        00*64 // sname
        00*128 // file
        63825363 // magic cookie
        350101 // 53: message type
        390205c0 // 57: maximum message size
        5d020000 // 93: architecture
        5e03010201 // 94: network interface
        3c20505845436c69656e743a417263683a30303030303a554e44493a303032303031 // 60: vendor class PXEClient:Arch:00000
        4d0469505845 // 77: user class, bare iPXE
        3717010306070c0f111a2b3c4243778081828384858687afcb // 55: parameter list
        af30b105011af41000eb0301000017010122010113010111010127010119010129010110 // 175: iPXE features
        0102210101150101180101120101 //   continued
        3d0701525400aa0001 // 61: client identifier
        611100443322116655887799aabbccddeeff00 // 97: machine UUID
        ff // end
        """)

    /// The same iPXE takes the offer.
    static let ipxeRequest = annotatedHex(
        """
        01 // op: request
        010600 // htype Ethernet, hlen 6, hops 0
        0ade7164 // xid
        0012 // secs
        0000 // flags
        00000000 // ciaddr
        00000000 // yiaddr
        00000000 // siaddr
        00000000 // giaddr
        525400aa0001 00*10 // chaddr
        00*64 // sname
        00*128 // file
        63825363 // magic cookie
        350103 // 53: message type
        390205c0 // 57: maximum message size
        5d020000 // 93: architecture
        5e03010201 // 94: network interface
        3c20505845436c69656e743a417263683a30303030303a554e44493a303032303031 // 60: vendor class PXEClient:Arch:00000
        4d0469505845 // 77: user class, bare iPXE
        3717010306070c0f111a2b3c4243778081828384858687afcb // 55: parameter list
        af30b105011af41000eb0301000017010122010113010111010127010119010129010110 // 175: iPXE features
        0102210101150101180101120101 //   continued
        3d0701525400aa0001 // 61: client identifier
        611100443322116655887799aabbccddeeff00 // 97: machine UUID
        36040a4d0001 // 54: server identifier
        32040a4d0046 // 50: requested address
        ff // end
        """)

    /// dnsmasq offers an address and a boot file.
    static let dnsmasqOffer = annotatedHex(
        """
        02 // op: reply
        010600 // htype Ethernet, hlen 6, hops 0
        0ade7164 // xid
        0004 // secs
        0000 // flags
        00000000 // ciaddr
        0a4d0046 // yiaddr
        0a4d0001 // siaddr
        00000000 // giaddr
        525400aa0001 00*10 // chaddr
        00*64 // sname
        00*128 // file
        63825363 // magic cookie
        350102 // 53: message type
        36040a4d0001 // 54: server identifier
        330400000e10 // 51: lease time
        430a626f6f742e6970786500 // 67: boot file boot.ipxe
        3a0400000708 // 58: renewal
        3b0400000c4e // 59: rebinding
        0104ffffff00 // 1: subnet mask
        1c040a4d00ff // 28: broadcast
        03040a4d0001 // 3: router
        ff // end
        00*2 // padding
        """)

    /// OVMF, PXE over IPv4.
    static let ovmfDiscover = annotatedHex(
        """
        01 // op: request
        010600 // htype Ethernet, hlen 6, hops 0
        1406967b // xid
        0000 // secs
        8000 // flags: broadcast
        00000000 // ciaddr
        00000000 // yiaddr
        00000000 // siaddr
        00000000 // giaddr
        525400aa0002 00*10 // chaddr
        00*64 // sname
        00*128 // file
        63825363 // magic cookie
        350101 // 53: message type
        390205c0 // 57: maximum message size
        37230102030405060c0d0f111216171c28292a2b3233363a3b3c42436180818283848586 // 55: parameter list
        87 //   continued
        611100443322116655887799aabbccddeeff01 // 97: machine UUID
        5e03010300 // 94: network interface
        5d020007 // 93: architecture
        3c20505845436c69656e743a417263683a30303030373a554e44493a303033303030 // 60: vendor class PXEClient:Arch:00007
        ff // end
        """)

    /// OVMF takes the offer.
    static let ovmfRequest = annotatedHex(
        """
        01 // op: request
        010600 // htype Ethernet, hlen 6, hops 0
        1406967b // xid
        0000 // secs
        8000 // flags: broadcast
        00000000 // ciaddr
        00000000 // yiaddr
        00000000 // siaddr
        00000000 // giaddr
        525400aa0002 00*10 // chaddr
        00*64 // sname
        00*128 // file
        63825363 // magic cookie
        350103 // 53: message type
        36040a4d0001 // 54: server identifier
        32040a4d0047 // 50: requested address
        3902ff00 // 57: maximum message size
        37230102030405060c0d0f111216171c28292a2b3233363a3b3c42436180818283848586 // 55: parameter list
        87 //   continued
        611100443322116655887799aabbccddeeff01 // 97: machine UUID
        5e03010300 // 94: network interface
        5d020007 // 93: architecture
        3c20505845436c69656e743a417263683a30303030373a554e44493a303033303030 // 60: vendor class PXEClient:Arch:00007
        ff // end
        """)

    /// iPXE as EFI program (snponly.efi), started by OVMF.
    static let snponlyDiscover = annotatedHex(
        """
        01 // op: request
        010600 // htype Ethernet, hlen 6, hops 0
        0771a45e // xid
        0004 // secs
        0000 // flags
        00000000 // ciaddr
        00000000 // yiaddr
        00000000 // siaddr
        00000000 // giaddr
        525400aa0002 00*10 // chaddr
        00*64 // sname
        00*128 // file
        63825363 // magic cookie
        350101 // 53: message type
        390205c0 // 57: maximum message size
        5d020007 // 93: architecture
        5e0301030a // 94: network interface
        3c20505845436c69656e743a417263683a30303030373a554e44493a303033303130 // 60: vendor class PXEClient:Arch:00007
        4d0469505845 // 77: user class, bare iPXE
        3717010306070c0f111a2b3c4243778081828384858687afcb // 55: parameter list
        af24b105011af41000eb0301000017010124010113010111010127010129010115010112 // 175: iPXE features
        0101 //   continued
        3d0701525400aa0002 // 61: client identifier
        611100443322116655887799aabbccddeeff01 // 97: machine UUID
        ff // end
        """)

    /// OVMF, HTTP boot over IPv4.
    static let ovmfHTTPDiscover = annotatedHex(
        """
        01 // op: request
        010600 // htype Ethernet, hlen 6, hops 0
        95afec3c // xid
        0000 // secs
        8000 // flags: broadcast
        00000000 // ciaddr
        00000000 // yiaddr
        00000000 // siaddr
        00000000 // giaddr
        525400aa0002 00*10 // chaddr
        00*64 // sname
        00*128 // file
        63825363 // magic cookie
        350101 // 53: message type
        390205c0 // 57: maximum message size
        371b0102030405060c0d0f111216171c28292a2b3233363a3b3ceb4361 // 55: parameter list
        611100443322116655887799aabbccddeeff01 // 97: machine UUID
        5e03010300 // 94: network interface
        5d020010 // 93: architecture
        3c2148545450436c69656e743a417263683a30303031363a554e44493a303033303030 // 60: vendor class HTTPClient:Arch:0001
        ff // end
        """)
}
