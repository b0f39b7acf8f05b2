import Lab
import Testing

@Suite("What a console says")
struct ConsoleTests {
    /// Which of the pieces of a console's text, one after the other, make the watch speak up.
    private func seen(_ firmware: LabFirmware, _ pieces: String...) -> [Bool] {
        var watch = BootWatch(firmware: firmware)
        return pieces.map { watch.sees($0.utf8) }
    }

    @Test("escape sequences, carriage returns and erased text are not shown")
    func plain() {
        let raw = "\u{1B}[0;1miPXE\u{1B}[0m ok\r\nab\u{8}c\0\u{1B}c\n"
        #expect(ConsoleText.plain(Array(raw.utf8)) == "iPXE ok\nac\n")
    }

    @Test("moving the cursor begins a line")
    func cursor() {
        #expect(ConsoleText.plain(Array("one\u{1B}[02;01Htwo".utf8)) == "one\ntwo")
        #expect(ConsoleText.plain(Array("\n\u{1B}[01;01Htwo".utf8)) == "\ntwo")
    }

    @Test("a backspace does not reach the line above")
    func backspace() {
        #expect(ConsoleText.plain(Array("a\n\u{8}\u{8}b".utf8)) == "a\nb")
    }

    @Test("the firmware's shell is seen, also when it comes in pieces, and once")
    func shell() {
        let pieces = seen(
            .uefiHTTP, "UEFI Inter", "active Shell v2.2", "\r\nEDK II", "again: UEFI Interactive Shell")
        #expect(pieces == [false, true, false, true])
    }

    @Test("HTTP boot counts as giving up, unless the machine is meant to do it")
    func httpBoot() {
        #expect(seen(.uefi, ">>Start HTTP Boot over IPv4.") == [true])
        #expect(seen(.uefiHTTP, ">>Start HTTP Boot over IPv4.") == [false])
    }

    @Test("BIOS machines try again by themselves and are not watched")
    func bios() {
        #expect(!BootWatch(firmware: .bios).isNeeded)
        #expect(seen(.bios, "UEFI Interactive Shell") == [false])
    }
}

@Suite("Messages of QEMU's monitor")
struct MonitorTests {
    @Test("answers, refusals, events and nonsense are told apart")
    func messages() {
        #expect(QMPMessage(Array(#"{"return": {}}"#.utf8)) == .done)
        #expect(
            QMPMessage(Array(#"{"error": {"class": "CommandNotFound", "desc": "no such"}}"#.utf8))
                == .failed("no such"))
        #expect(QMPMessage(Array(#"{"QMP": {"version": {}, "capabilities": ["oob"]}}"#.utf8)) == .other)
        #expect(QMPMessage(Array(#"{"event": "RESET", "data": {"guest": false}}"#.utf8)) == .other)
        #expect(QMPMessage(Array("{nonsense".utf8)) == .other)
    }
}
