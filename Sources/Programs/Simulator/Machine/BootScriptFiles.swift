import MusterBase

/// What a machine is told to load next: a server and a path on it.
struct FileLocation: Sendable, Hashable {
    var address: IPv4Address
    var port: UInt16
    /// Begins with a slash.
    var path: String

    /// Reads `http://10.0.0.1/boot/x` and `http://10.0.0.1:8080/boot/x`; nil for anything else.
    init?(url: String) {
        guard url.hasPrefix("http://") else { return nil }
        let rest = url.dropFirst("http://".count)
        let host = rest.prefix { $0 != "/" }
        let parts = host.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPv4Address(parts[0]),
            let port = parts.count == 2 ? UInt16(parts[1]) : 80
        else { return nil }
        self.init(address: address, port: port, path: String(rest.dropFirst(host.count)))
    }

    init(address: IPv4Address, port: UInt16, path: String) {
        self.address = address
        self.port = port
        self.path = path.isEmpty ? "/" : path
    }
}

/// The files that a `boot.ipxe` names, in the order in which iPXE loads them.
package enum BootScriptFiles {
    /// - Parameters:
    ///   - script: the text.
    ///   - path: where it came from; the names in it are relative to that.
    package static func paths(in script: String, at path: String) -> [String] {
        script.split(separator: "\n").compactMap { line -> String? in
            let words = line.split(separator: " ")
            switch words.first {
            case "kernel": return words.count > 1 ? resolve(words[1], at: path) : nil
            case "initrd":
                // `initrd --name NAME PATH`
                let rest = words.count > 3 && words[1] == "--name" ? words.dropFirst(3) : words.dropFirst(1)
                return rest.first.map { resolve($0, at: path) }
            default: return nil
            }
        }
    }

    /// RFC 3986, section 5.2, for paths alone.
    static func resolve(_ name: Substring, at base: String) -> String {
        guard !name.hasPrefix("/") else { return String(name) }
        var segments = base.split(separator: "/").dropLast()
        for segment in name.split(separator: "/") {
            switch segment {
            case ".": continue
            case "..": segments = segments.dropLast()
            default: segments.append(segment)
            }
        }
        return "/" + segments.joined(separator: "/")
    }
}
