import MusterAgent
import Testing

@Suite("the order of the firmware")
struct FirmwareBootOrderTests {
    @Test("in the firmware's order the network stays first and the disk comes second")
    func bootOrder() {
        let found = FirmwareBootOrder(
            """
            BootCurrent: 0002
            Timeout: 0 seconds
            BootOrder: 0001,0002,0003
            Boot0000* UiApp
            Boot0001* UEFI Misc Device
            Boot0002* UEFI PXEv4 (MAC:525400123456)\tPciRoot(0x0)/Pci(0x2,0x0)
            Boot0003* Muster debian\tHD(2,GPT)
            """)
        #expect(found.entries["0002"] == "UEFI PXEv4 (MAC:525400123456)" && found.entries["0003"] == "Muster debian")
        #expect(found.order(with: "0004", inPlaceOf: "Muster rocky") == ["0002", "0004", "0001", "0003"])
        #expect(found.order(with: "0004", inPlaceOf: "Muster debian") == ["0001", "0002", "0004"])
        // Numbers without an entry are in nobody's order.
        #expect(
            FirmwareBootOrder("BootCurrent: 0005\nBootOrder: 0001,0003\nBoot0003* Disk\tHD")
                .order(with: "0004", inPlaceOf: "Muster debian") == ["0004", "0003"])
        #expect(found.orderBehindCurrent("0003") == ["0002", "0003", "0001"])
        // An operator's order stays: the disk first, whatever this machine came by.
        let own = FirmwareBootOrder(
            """
            BootCurrent: 0002
            BootOrder: 0007,0002,0008
            Boot0002* PXE\tMAC
            Boot0007* Muster debian\tHD
            Boot0008* Muster debian\tHD
            """)
        #expect(own.order(with: "0009", inPlaceOf: "Muster debian") == ["0009", "0002"])
        #expect(own.order(with: "0007", inPlaceOf: "Muster debian") == ["0007", "0002"])
    }
}
