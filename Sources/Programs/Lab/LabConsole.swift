import Glibc
import LinuxSystem
import MusterBase

extension Lab {
    /// All that a machine has written to its serial console since it was added.
    public func consoleText(_ machine: String) throws -> String {
        let path = directory.consoleLog(machine)
        guard Files.exists(path) else { return "" }
        return ConsoleText.plain(try Files.read(path))
    }

    /// The last lines of it that hold something.
    public func consoleTail(_ machine: String, lines: Int = 20) throws -> [String] {
        let all = try consoleText(machine).split(whereSeparator: \.isNewline)
        return all.filter { !$0.allSatisfy(\.isWhitespace) }.suffix(lines).map(String.init)
    }

    /// Waits until the machine's console says that.
    ///
    /// - Throws: `timeout`, with the last lines of the console, after `limit`.
    public func waitForConsole(_ machine: String, toSay text: String, limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        while try !consoleText(machine).contains(text) {
            guard ContinuousClock.now < deadline else {
                let words = try consoleTail(machine, lines: 5).joined(separator: " | ")
                throw MusterError(
                    .timeout, "the console of \(machine) did not say \"\(text)\" in \(limit)",
                    advice: "its last lines: \(words)")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Types a text at the machine's serial console, and waits until the machine has taken it.
    public func type(_ text: String, on machine: String) throws {
        let descriptor = try UnixSocket.connect(directory.console(machine), timeout: .seconds(10))
        defer { close(descriptor) }
        try UnixSocket.send(Array(text.utf8), to: descriptor)
        // QEMU takes as much at a time as a serial port does, and drops what is left when the connection is closed: it ends
        // the connection itself when it has read all.
        shutdown(descriptor, Int32(SHUT_WR))
        var said = [UInt8](repeating: 0, count: 4096)
        while recv(descriptor, &said, said.count, 0) > 0 {}
    }

    /// Connects this terminal to the machine's serial console until Ctrl-] is pressed or the machine is switched off.
    /// Blocks. QEMU serves one at a time: a second one waits until the first has left.
    public func attachConsole(_ machine: String) throws {
        let descriptor: Int32
        do {
            descriptor = try UnixSocket.connect(directory.console(machine))
        } catch {
            throw MusterError(.unavailable, "machine \(machine) of the lab does not run", cause: error)
        }
        defer { close(descriptor) }
        let terminal = RawTerminal()
        defer { terminal?.restore() }
        try ConsoleRelay(console: descriptor).run()
    }
}

/// Text from a serial console, made fit for logs and pages.
package enum ConsoleText {
    private enum ParserState { case text, escape, sequence }

    /// Without escape sequences, NULs, carriage returns and what was erased by backspaces.
    package static func plain(_ bytes: some Sequence<UInt8>) -> String {
        var state = ParserState.text
        var output: [UInt8] = []
        for byte in bytes {
            switch (state, byte) {
            case (.text, 0x1B): state = .escape
            case (.text, 0x08): if let last = output.last, last != UInt8(ascii: "\n") { output.removeLast() }
            case (.text, UInt8(ascii: "\n")), (.text, UInt8(ascii: "\t")): output.append(byte)
            case (.text, 0..<0x20), (.text, 0x7F): break
            case (.text, _): output.append(byte)
            // ECMA-48, 5.4: parameters and intermediates, then one final octet.
            case (.escape, UInt8(ascii: "[")): state = .sequence
            case (.escape, _): state = .text
            case (.sequence, 0x40...0x7E):
                state = .text
                // Firmware places its lines by moving the cursor.
                if byte == UInt8(ascii: "H"), output.last != UInt8(ascii: "\n") { output.append(UInt8(ascii: "\n")) }
            case (.sequence, _): break
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}

/// Copies between the standard streams and a console.
private struct ConsoleRelay {
    let console: Int32
    /// Ctrl-], as in telnet and virsh.
    private static let leave: UInt8 = 0x1D

    func run() throws {
        var entries = [STDIN_FILENO, console].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            if poll(&entries, nfds_t(entries.count), -1) < 0 {
                if errno == EINTR { continue }
                throw systemError("cannot wait for the console")
            }
            if entries[1].revents != 0 {
                guard let bytes = piece(of: console) else { return }
                write(bytes)
            }
            guard entries[0].revents != 0 else { continue }
            guard let bytes = piece(of: STDIN_FILENO) else {
                // Nothing more to type; the console goes on to be shown.
                entries[0].fd = -1
                continue
            }
            let typed = bytes.prefix { $0 != Self.leave }
            try UnixSocket.send(Array(typed), to: console)
            if typed.count < bytes.count { return }
        }
    }

    private func piece(of descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    private func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}

/// The terminal in raw mode; nil where standard input is none.
private struct RawTerminal {
    private let saved: termios

    init?() {
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
        saved = settings
        cfmakeraw(&settings)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
    }

    func restore() {
        var settings = saved
        tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
    }
}
