import MusterBase

/// What a list says that a file's digest is.
public struct ExpectedChecksum: Sendable, Hashable {
    public enum Algorithm: String, Sendable, Hashable, Codable {
        case md5, sha1, sha256, sha384, sha512

        /// By the number of octets of a digest.
        init?(octets: Int) {
            switch octets {
            case 16: self = .md5
            case 20: self = .sha1
            case 32: self = .sha256
            case 48: self = .sha384
            case 64: self = .sha512
            default: return nil
            }
        }

        /// From the weakest to the strongest.
        public var strength: Int {
            switch self {
            case .md5: 0
            case .sha1: 1
            case .sha256: 2
            case .sha384: 3
            case .sha512: 4
            }
        }
    }

    /// Of the medium, without a slash in front.
    public var path: String
    public var algorithm: Algorithm
    public var digest: [UInt8]

    public init(path: String, algorithm: Algorithm, digest: [UInt8]) {
        self.path = path
        self.algorithm = algorithm
        self.digest = digest
    }
}

extension ChecksumList {
    /// Reads the list. Lines that are none of its form, and names that lead out of the medium, are passed over: what they
    /// name cannot be on it.
    public func checksums(in octets: [UInt8]) -> [ExpectedChecksum] {
        guard let text = signedPart(String(decoding: octets, as: UTF8.self)) else { return [] }
        switch form {
        case .sums: return Self.lines(text).compactMap { sum($0) }
        case .treeinfo: return treeinfo(text)
        case .content: return Self.lines(text).compactMap { contentLine($0) }
        case .release, .digests: return sections(text)
        }
    }

    /// Of a list that holds its own signature, what is signed: anybody can write behind it. Nil when it is not of that
    /// form.
    private func signedPart(_ text: String) -> String? {
        guard path.lowercased().hasSuffix("/inrelease") else { return text }
        guard text.hasPrefix("-----BEGIN PGP SIGNED MESSAGE-----\n"),
            let end = text.firstRange(of: "\n-----BEGIN PGP SIGNATURE-----\n")
        else { return nil }
        return String(text[..<end.lowerBound])
    }

    private static func lines(_ text: String) -> [Substring] { text.split(whereSeparator: \.isNewline) }

    /// `<digest>  <name>`, `<digest> *<name>`; the algorithm by the digest's length.
    private func sum(_ line: Substring) -> ExpectedChecksum? {
        let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard parts.count == 2 else { return nil }
        let name = parts[1].drop { $0.isWhitespace || $0 == "*" }
        return expected(name, parts[0])
    }

    private func expected(_ name: Substring, _ digits: Substring) -> ExpectedChecksum? {
        guard digits.utf8.count <= 128, let digest = hexBytes(digits),
            let algorithm = ExpectedChecksum.Algorithm(octets: digest.count), let path = place(of: name)
        else { return nil }
        return ExpectedChecksum(path: path, algorithm: algorithm, digest: digest)
    }

    /// Where on the medium a name of the list lies.
    private func place(of name: Substring) -> String? {
        var parts: [Substring] = []
        for part in (directory + name).split(separator: "/") where part != "." {
            guard part != ".." else { return nil }
            parts.append(part)
        }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }

    /// `images/install.img = sha256:<digest>`.
    private func treeinfo(_ text: String) -> [ExpectedChecksum] {
        INIText(text).section("checksums").sorted { $0.key < $1.key }.compactMap { name, value in
            let parts = value.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let sum = expected(Substring(name), parts[1]), sum.algorithm.rawValue == parts[0]
            else { return nil }
            return sum
        }
    }

    /// `HASH SHA256 <digest>  boot/x86_64/root`, and `META SHA256 …` for what lies in the directory of descriptions.
    private func contentLine(_ line: Substring) -> ExpectedChecksum? {
        let parts = line.split(maxSplits: 3, whereSeparator: \.isWhitespace)
        guard parts.count == 4, parts[0] == "HASH" else { return nil }
        return expected(trimmed(parts[3]), parts[2])
    }

    /// Headings with sums below them: `SHA256:` and ` <digest> <size> <name>`, or `# SHA512 HASH` and ordinary sums.
    private func sections(_ text: String) -> [ExpectedChecksum] {
        var isInSums = form == .digests
        return Self.lines(text).compactMap { line in
            if form == .digests { return line.hasPrefix("#") ? nil : sum(line) }
            guard line.first == " " else {
                isInSums = ["MD5Sum:", "SHA1:", "SHA256:", "SHA512:"].contains(trimmed(line))
                return nil
            }
            let parts = line.split(maxSplits: 2, whereSeparator: \.isWhitespace)
            return isInSums && parts.count == 3 ? expected(trimmed(parts[2]), parts[0]) : nil
        }
    }
}
