import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What this machine says of itself: firmware tables, kernel, memory.
public struct MachineFacts: Sendable, Hashable {
    public var uuid: MachineUUID?
    public var serial: String?
    /// Manufacturer and model, for people.
    public var model: String
    /// As `uname -m` says it.
    public var architecture: String
    public var kernelRelease: String
    /// `bios` or `uefi`.
    public var firmware: String
    public var processors: Int
    /// Total memory that the kernel manages, in octets.
    public var memory: Int64

    /// Reads /sys and /proc.
    ///
    /// - Parameter root: In front of all paths; empty but in tests.
    public static func read(root: String = "") -> MachineFacts {
        var names = utsname()
        uname(&names)
        let dmi = root + "/sys/class/dmi/id/"
        let model = [
            word(dmi + "sys_vendor"), word(dmi + "product_name"), word(root + "/sys/firmware/devicetree/base/model"),
        ]
        .compactMap { $0 }.joined(separator: " ")
        return MachineFacts(
            uuid: word(dmi + "product_uuid").flatMap { MachineUUID($0) }.flatMap { $0.isUsable ? $0 : nil },
            serial: word(dmi + "product_serial") ?? word(root + "/sys/firmware/devicetree/base/serial-number"),
            model: model.isEmpty ? "unknown model" : model,
            architecture: text(&names.machine), kernelRelease: text(&names.release),
            firmware: Files.exists(root + "/sys/firmware/efi") ? "uefi" : "bios",
            processors: processors(root: root), memory: MemoryFacts.read(root: root).total)
    }

    /// The form in which it is told to the server.
    ///
    /// - Parameter macs: Permanent hardware addresses of all Ethernet links.
    public func description(macs: [MACAddress]) -> MachineDescription {
        MachineDescription(
            uuid: uuid, serial: serial, macs: macs, architecture: architecture, firmware: firmware, memory: memory,
            processors: processors)
    }

    /// The first line of a small file, without white space around; nil for nothing and for what vendors leave in place
    /// of a value.
    private static func word(_ path: String) -> String? {
        guard let bytes = try? Files.read(path, limit: 4096) else { return nil }
        let line = bytes.prefix { $0 != 0 && $0 != UInt8(ascii: "\n") }
        let text = String(decoding: line, as: UTF8.self)
        let trimmed = text.trimmingPrefix(while: \.isWhitespace)
        let word = String(trimmed.reversed().trimmingPrefix(while: \.isWhitespace).reversed())
        let empty = [
            "", "none", "not specified", "default string", "to be filled by o.e.m.", "system serial number", "0",
        ]
        return empty.contains(word.lowercased()) ? nil : word
    }

    private static func processors(root: String) -> Int {
        let names = (try? Files.names(in: root + "/sys/devices/system/cpu")) ?? []
        return max(
            1, names.filter { $0.hasPrefix("cpu") && $0.dropFirst(3).allSatisfy(\.isNumber) && $0.count > 3 }.count)
    }

    private static func text<Field>(_ field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// How much memory there is, in octets.
public struct MemoryFacts: Sendable, Hashable {
    public var total: Int64
    /// What could be had without swapping.
    public var available: Int64

    public static func read(root: String = "") -> MemoryFacts {
        MemoryFacts((try? Files.readText(root + "/proc/meminfo", limit: 1 << 20)) ?? "")
    }

    /// Reads the content of /proc/meminfo.
    public init(_ text: String) {
        func octets(_ name: String) -> Int64 {
            for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
                let words = line.split(whereSeparator: \.isWhitespace)
                return words.count > 1 ? (Int64(words[1]) ?? 0) * 1024 : 0
            }
            return 0
        }
        total = octets("MemTotal")
        available = octets("MemAvailable")
    }
}

/// A number of octets in words, such as `117 MB`.
func sizeText(_ octets: Int64) -> String {
    switch octets {
    case 10_000_000_000...: "\(octets / 1_000_000_000) GB"
    case 1_000_000_000...: "\(octets / 1_000_000_000).\(octets / 100_000_000 % 10) GB"
    case 1_000_000...: "\(octets / 1_000_000) MB"
    case 1000...: "\(octets / 1000) kB"
    default: "\(octets) octets"
    }
}
