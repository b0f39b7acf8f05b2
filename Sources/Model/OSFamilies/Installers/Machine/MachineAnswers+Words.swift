/// The same values, as far as they are what they are said to be. Renderers take them from here, and quote them besides.
extension MachineAnswers {
    /// Nil for what is no name of a host.
    var validHostname: String? { Self.isName(hostname) ? hostname : nil }

    var validDomain: String? { domain.flatMap { Self.isName($0) ? $0 : nil } }

    /// With its domain.
    var fullName: String? {
        validHostname.map { name in validDomain.map { "\(name).\($0)" } ?? name }
    }

    var validTimeZone: String? {
        timeZone.flatMap { zone in
            let parts = zone.split(separator: "/", omittingEmptySubsequences: false)
            let arePlain = parts.allSatisfy { $0 != ".." && $0 != "." && Self.consists($0, of: "_+-.") }
            return arePlain ? zone : nil
        }
    }

    /// Nil also for `C` and `POSIX`, which are no language.
    var validLanguage: String? {
        guard let locale, Self.consists(locale, of: "_.@-") else { return nil }
        return ["C", "POSIX"].contains(locale.prefix { $0 != "." }) ? nil : locale
    }

    var validLocale: String? { locale.flatMap { Self.consists($0, of: "_.@-") ? $0 : nil } }

    /// `us(intl),de`: each layout with its variant.
    var keyboardLayouts: [KeyboardLayout] {
        (keyboard ?? "").split(separator: ",").compactMap { KeyboardLayout(String($0)) }
    }

    var validNTPServers: [String] { ntpServers.filter { Self.consists($0, of: ".:_-") } }

    /// crypt(5): `$` and the method's name in front, or the 13 characters of the oldest method.
    var validCrypt: String? {
        rootPasswordCrypt.flatMap { text in
            let isMethod = text.hasPrefix("$") && text.utf8.count >= 13 && Self.consists(text, of: "./$=,_-")
            return isMethod || text.utf8.count == 13 && Self.consists(text, of: "./") ? text : nil
        }
    }

    /// Keys of one line, without control characters.
    var validKeys: [String] {
        rootKeys.filter { key in
            let isPlain = key.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && !$0.isLineBreak }
            return isPlain && ["ssh-", "ecdsa-", "sk-"].contains { key.hasPrefix($0) }
                && key.split(separator: " ").count >= 2
        }
    }

    var validDisk: String? {
        disk.flatMap { path in
            let isDevice = path.hasPrefix("/dev/") || path.hasPrefix("/vmfs/devices/disks/")
            return isDevice && Self.consists(path, of: "/._:@+-") && !path.contains("..") ? path : nil
        }
    }

    /// Those of the form that a profile's own must have.
    var validKernelArguments: [String] {
        kernelArguments.filter { argument in
            !argument.isEmpty
                && argument.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"$\"'\\#;&|`<>{}".utf8.contains($0) }
        }
    }

    /// Without a slash at its end.
    var validRepositoryURL: String? {
        repositoryURL.flatMap { text in
            guard ["http://", "https://"].contains(where: { text.hasPrefix($0) }),
                Self.consists(text, of: ":/._~[]%+@-")
            else { return nil }
            return String(text.reversed().drop { $0 == "/" }.reversed())
        }
    }

    /// The lines of the network's text that begin with a word, and hold no control characters.
    func networkLines(beginningWith word: String) -> [String] {
        network.split(whereSeparator: \.isNewline).map(String.init).filter { line in
            line.hasPrefix("\(word) ") && line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        }
    }

    /// What a hook of the installer runs, for a POSIX shell.
    func hookLine(_ hook: InstallerHook) -> String { ShellWord.line(self.hook + [hook.rawValue]) }

    /// Letters, digits, and these; one at least.
    static func consists(_ text: some StringProtocol, of others: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: others.utf8.contains(byte)
                }
            }
    }

    /// RFC 1123, and the underscore that some sites have.
    private static func isName(_ text: String) -> Bool {
        text.utf8.count <= 253 && consists(text, of: "._-")
            && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0.utf8.count <= 63 && !$0.hasPrefix("-")
            }
    }
}

/// A layout of the keyboard as X11 calls it.
struct KeyboardLayout: Sendable, Hashable {
    let layout: String
    let variant: String?

    /// `us(intl)`; nil for another form.
    init?(_ text: String) {
        let parts = text.split(separator: "(", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, MachineAnswers.consists(first, of: "_-") else { return nil }
        layout = String(first)
        guard parts.count == 2 else {
            variant = nil
            return
        }
        let rest = parts[1]
        guard rest.hasSuffix(")"), MachineAnswers.consists(rest.dropLast(), of: "_-") else { return nil }
        variant = String(rest.dropLast())
    }
}

extension Unicode.Scalar {
    /// Also those that only some parsers take for the end of a line.
    var isLineBreak: Bool { [0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029].contains(value) }
}
