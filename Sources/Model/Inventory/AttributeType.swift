import DeploymentModel
import MusterBase

/// What values an attribute takes.
public indirect enum AttributeType: Sendable, Hashable {
    /// Text on one or more lines.
    case string
    /// A whole number within bounds.
    case integer(ClosedRange<Int>)
    /// `true` or `false`.
    case boolean
    /// The hardware address of one interface.
    case macAddress
    /// The IPv4 address of one machine.
    case ipv4Address
    /// The IPv4 address of one machine with the length of its network's prefix: `10.1.2.3/16`.
    case ipv4WithPrefix
    /// The IPv6 address of one machine.
    case ipv6Address
    /// The IPv6 address of one machine with the length of its network's prefix: `fd00::7/64`.
    case ipv6WithPrefix
    /// A network and the router that leads to it, see ``StaticRoute``.
    case route
    /// A machine's UUID as SMBIOS shows it.
    case uuid
    /// The name of a group, a domain or a host: letters, digits, hyphens, underscores and dots.
    case name
    /// The name of a time zone: a path in the time zone database.
    case timeZone
    /// The name of a locale, as setlocale(3) takes it.
    case locale
    /// One or more layouts of a keyboard, with variants in parentheses.
    case keyboard
    /// One of a few words.
    case enumeration([String])
    /// A public key in the form of OpenSSH's `authorized_keys`.
    case sshPublicKey
    /// Several values, separated by commas or line breaks.
    case list(of: AttributeType)
    /// A rule for disks, see ``DiskRule``.
    case diskRule
    /// Text that must not be shown.
    case secret
    /// A password's hash as crypt(5) describes it; not shown either.
    case passwordHash
}

extension AttributeType {
    /// The most octets of a value.
    public static let longestValue = 65_536

    /// Whether values must be kept out of output and logs.
    public var isSecret: Bool {
        switch self {
        case .secret, .passwordHash: true
        case .list(let element): element.isSecret
        default: false
        }
    }

    /// Whether a value may be computed by an expression. In secrets, braces stand for themselves.
    public var allowsExpression: Bool {
        switch self {
        case .secret, .passwordHash: false
        default: true
        }
    }

    /// One word for the kind, as in the reference: `IPv4 address`.
    public var label: String {
        switch self {
        case .string: "text"
        case .integer: "whole number"
        case .boolean: "boolean"
        case .macAddress: "MAC address"
        case .ipv4Address: "IPv4 address"
        case .ipv4WithPrefix: "IPv4 address with prefix"
        case .ipv6Address: "IPv6 address"
        case .ipv6WithPrefix: "IPv6 address with prefix"
        case .route: "route"
        case .uuid: "UUID"
        case .name: "name"
        case .timeZone: "time zone"
        case .locale: "locale"
        case .keyboard: "keyboard layout"
        case .enumeration(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .sshPublicKey: "SSH public key"
        case .list(let element): "list: \(element.label)"
        case .diskRule: "rule for disks"
        case .secret: "secret"
        case .passwordHash: "password hash"
        }
    }

    /// What is allowed, to be read behind "expected:".
    public var allowed: String {
        switch self {
        case .string: "text of at most \(AttributeType.longestValue) octets without control characters"
        case .integer(let bounds): "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
        case .boolean: "true or false"
        case .macAddress: "the MAC address of one machine, such as 52:54:00:12:34:56"
        case .ipv4Address: "the IPv4 address of one machine, such as 10.1.2.3"
        case .ipv4WithPrefix:
            "the IPv4 address of one machine with its prefix of 1 to 32, such as 10.1.2.3/16, and not the network's own "
                + "or its broadcast address"
        case .ipv6Address: "the IPv6 address of one machine, such as fd00::1"
        case .ipv6WithPrefix: "the IPv6 address of one machine with its prefix of 1 to 128, such as fd00::7/64"
        case .route: "a network and its router, such as 10.9.0.0/16 via 10.1.0.254, and a metric behind it if need be"
        case .uuid: "a machine's UUID, such as 4c4c4544-0042-3510-8056-b7c04f4b3332, and not all zeros or ones"
        case .name: "a name of letters, digits, '-', '_' and '.', at most 253 characters"
        case .timeZone: "a time zone of letters, digits, '_', '+', '-' and '/', such as Europe/Berlin"
        case .locale: "a locale of letters, digits, '.', '_', '@' and '-', such as en_US.UTF-8"
        case .keyboard:
            "a keyboard layout of lower-case letters, digits, ',', '_', '-' and parentheses, such as de or us(intl)"
        case .enumeration(let words): "one of \(words.joined(separator: ", "))"
        case .sshPublicKey: "an SSH public key, such as 'ssh-ed25519 AAAA… comment'"
        case .list(let element): "a comma-separated list, each \(element.allowed)"
        case .diskRule: DiskRule.allowed
        case .secret: "text of at most \(AttributeType.longestValue) octets without control characters"
        case .passwordHash: "a password hash of crypt(5), as `mkpasswd -m yescrypt` prints it"
        }
    }

    /// The value in its one written form, such as a MAC address in lower case with colons; nil when it is not allowed.
    public func normalize(_ text: String) -> String? {
        guard text.utf8.count <= AttributeType.longestValue else { return nil }
        switch self {
        case .string, .secret: return isPlainText(text) ? text : nil
        case .integer(let bounds): return readInteger(text).flatMap { bounds.contains($0) ? String($0) : nil }
        case .boolean: return readBoolean(text).map { $0 ? "true" : "false" }
        case .macAddress:
            return MACAddress(text).flatMap { $0.isMulticast || $0.rawValue == 0 ? nil : $0.description }
        // Addresses are written in one way only: no leading zeros.
        case .ipv4Address: return readIPv4Address(text.utf8[...]).map(isMachine) == true ? text : nil
        case .ipv4WithPrefix: return readIPv4WithPrefix(text).map(isMachine) == true ? text : nil
        case .ipv6Address: return IPv6Address(text).flatMap { isMachine($0) ? $0.description : nil }
        case .ipv6WithPrefix:
            return IPv6Network(text).flatMap { $0.prefixLength > 0 && isMachine($0.address) ? $0.description : nil }
        case .route: return StaticRoute(text)?.description
        case .uuid: return MachineUUID(text).flatMap { $0.isUsable ? $0.description : nil }
        case .name: return isName(text) ? text : nil
        case .timeZone: return isTimeZone(text) ? text : nil
        case .locale: return isWord(text, ".-_@") && text.utf8.first != 0x2E ? text : nil
        case .keyboard: return isWord(text, ",-_()") && text == text.lowercased() ? text : nil
        case .enumeration(let words): return words.contains(text) ? text : nil
        case .sshPublicKey: return isSSHPublicKey(text) ? text : nil
        case .diskRule: return DiskRule(text)?.description
        case .passwordHash: return isPasswordHash(text) ? text : nil
        case .list(let element): return normalizeList(text, element)
        }
    }

    private func normalizeList(_ text: String, _ element: AttributeType) -> String? {
        var values: [String] = []
        for part in listElements(text) {
            guard let value = element.normalize(part) else { return nil }
            if !values.contains(value) { values.append(value) }
        }
        return values.joined(separator: ",")
    }
}

/// The elements of a list's text: separated by commas or line breaks, blanks around them dropped.
public func listElements(_ text: String) -> [String] {
    text.utf8.split(whereSeparator: { $0 == UInt8(ascii: ",") || $0 == 10 || $0 == 13 }).compactMap { part in
        let trimmed = trimBlanks(part)
        return trimmed.isEmpty ? nil : String(Substring(trimmed))
    }
}

private func trimBlanks(_ part: Substring.UTF8View) -> Substring.UTF8View {
    var rest = part
    while rest.first == UInt8(ascii: " ") || rest.first == UInt8(ascii: "\t") { rest = rest.dropFirst() }
    while rest.last == UInt8(ascii: " ") || rest.last == UInt8(ascii: "\t") { rest = rest.dropLast() }
    return rest
}

private func readInteger(_ text: String) -> Int? {
    let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
    guard !digits.isEmpty, digits.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
    return Int(text)
}

private func readBoolean(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true", "yes", "on", "1": true
    case "false", "no", "off", "0": false
    default: nil
    }
}

private func isPlainText(_ text: String) -> Bool {
    text.utf8.allSatisfy { ($0 >= 32 && $0 != 127) || $0 == 9 || $0 == 10 }
}

private func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 253
        && text.utf8.allSatisfy { isLetterOrDigit($0) || [UInt8(ascii: "-"), 0x5F, 0x2E].contains($0) }
}

/// One to 64 letters, digits and the further characters, and no hyphen first: programs would take it for an option.
private func isWord(_ text: String, _ further: String) -> Bool {
    (1...64).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
        && text.utf8.allSatisfy { isLetterOrDigit($0) || further.utf8.contains($0) }
}

/// A path below the time zone database that cannot lead out of it.
private func isTimeZone(_ text: String) -> Bool {
    isWord(text, "_+-/") && !text.split(separator: "/", omittingEmptySubsequences: false).contains("")
}

func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"):
        true
    default: false
    }
}

/// The type of the key and its base64, as in sshd(8), AUTHORIZED_KEYS FILE FORMAT, without options.
private func isSSHPublicKey(_ text: String) -> Bool {
    let parts = text.split(separator: " ")
    guard parts.count >= 2, isPlainText(text), !text.contains("\n") else { return false }
    let types = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"]
    return types.contains { parts[0].hasPrefix($0) } && parts[1].hasPrefix("AAAA")
        && parts[1].utf8.allSatisfy { isLetterOrDigit($0) || [0x2B, 0x2F, 0x3D].contains($0) }
}

private func isPasswordHash(_ text: String) -> Bool {
    guard text.hasPrefix("$"), text.utf8.count >= 13 else { return text == "*" || text == "!" }
    return text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") } && text.dropFirst().contains("$")
}
