import MusterAPI
import MusterBase

extension CapturedMachine {
    /// Reads what ``CaptureScripts/describe`` prints. Throws `malformed` for what cannot be read, `unsupported` for a
    /// machine that has no file system of its own at `/`.
    package init(description text: String) throws {
        let sections = Self.sections(of: text)
        func section(_ name: String) throws -> String {
            guard let section = sections[name] else {
                throw MusterError(.malformed, "the machine's description of itself has no part '\(name)'")
            }
            return section.split(separator: "\n").joined(separator: "\n")
        }
        let kernel = try section("kernel").split(separator: " ").map(String.init)
        guard kernel.count == 2 else {
            throw MusterError(.malformed, "the machine says no kernel release and architecture")
        }
        let release = OSRelease.parse(try section("release"))
        let devices = try MusterJSON.decode(
            BlockDevices.self, from: try section("disks").utf8, of: "the output of lsblk"
        )
        .blockdevices.map(\.device)
        let labels = Self.labels(of: devices)
        let mounts = try MusterJSON.decode(Mounts.self, from: try section("mounts").utf8, of: "the output of findmnt")
        let systems = mounts.filesystems.flatMap(\.all).compactMap { $0.fileSystem(labels: labels) }
            .sorted { $0.mountPoint < $1.mountPoint }
        guard systems.first?.mountPoint == "/" else {
            throw MusterError(.unsupported, "the machine has no file system at / that can be captured")
        }
        fileSystems = systems
        firmware = try section("firmware") == "uefi" ? .uefi : .bios
        kernelRelease = kernel[0]
        otherKernels = try section("kernels").split(separator: "\n").map(String.init)
            .filter { $0 != kernel[0] && Self.isPlainWord($0) }
        architecture = kernel[1]
        kernelArguments = try section("arguments")
        distribution = release["ID"] ?? "linux"
        distributionVersion = release["VERSION_ID"] ?? ""
        let packages = RPMDatabase.parse(try section("packages"))
        self.packages = packages.isEmpty ? nil : packages
        let loader = try section("loader")
        bootLoader = loader.isEmpty ? nil : loader
        disks = devices.filter { disk in systems.contains { disk.contains($0.device) } }
    }

    private static func sections(of text: String) -> [String: String] {
        var sections: [String: String] = [:]
        var name: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix(CaptureScripts.sectionMark) {
                name = String(line.dropFirst(CaptureScripts.sectionMark.count))
            } else if let name {
                sections[name, default: ""] += line + "\n"
            }
        }
        return sections
    }

    /// What is a pattern to tar is no kernel's release.
    private static func isPlainWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 32
                    || "._+-~".utf8.contains($0)
            }
    }

    private static func labels(of devices: [Device]) -> [String: String] {
        devices.reduce(into: [:]) { labels, device in
            if let label = device.label { labels[device.path] = label }
            labels.merge(Self.labels(of: device.parts)) { first, _ in first }
        }
    }
}

/// A number, that older versions of the programs write as text. What a machine says of itself may be anything: there is
/// none below zero, and none that cannot be reckoned with.
private struct Octets: Decodable {
    let count: Int64

    /// 8 PiB; a hundred times as much is still a number.
    private static let most: Int64 = 1 << 53

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let number =
            if let number = try? container.decode(Int64.self) { number } else {
                Int64(try container.decode(String.self)) ?? 0
            }
        count = min(max(0, number), Self.most)
    }
}

/// The output of `lsblk --json --bytes`.
private struct BlockDevices: Decodable {
    struct Device: Decodable {
        var name: String
        var type: String
        var size: Octets
        var fstype: String?
        var label: String?
        var parttype: String?
        var partlabel: String?
        var pttype: String?
        var children: [Device]?

        var device: CapturedMachine.Device {
            CapturedMachine.Device(
                name: name, kind: type, size: size.count, content: fstype, label: label,
                table: type == "disk" ? pttype : nil, partitionType: type == "part" ? parttype : nil,
                partitionLabel: type == "part" ? partlabel : nil, parts: (children ?? []).map(\.device))
        }
    }

    var blockdevices: [Device]
}

/// The output of `findmnt --json --bytes`.
private struct Mounts: Decodable {
    struct Mount: Decodable {
        var target: String
        var source: String?
        var fstype: String
        var fsroot: String?
        var size: Octets?
        var used: Octets?
        var children: [Mount]?

        var all: [Mount] { [self] + (children ?? []).flatMap(\.all) }

        /// Nil for what is not of the system: other machines' file systems, those of removable media, bound directories.
        func fileSystem(labels: [String: String]) -> CapturedMachine.FileSystem? {
            guard CapturedMachine.isCaptured(fstype) || (fstype == "overlay" && target == "/"), target.hasPrefix("/"),
                !CapturedMachine.isElsewhere(target),
                var device = source
            else { return nil }
            // findmnt shows subvolumes and bound directories as DEVICE[/path].
            if let bracket = device.firstIndex(of: "[") { device = String(device[..<bracket]) }
            let subvolume = fsroot ?? "/"
            guard subvolume == "/" || fstype == "btrfs" else { return nil }
            return CapturedMachine.FileSystem(
                type: fstype, mountPoint: target, device: device, label: labels[device], subvolume: subvolume,
                size: size?.count ?? 0, used: used?.count ?? 0)
        }
    }

    var filesystems: [Mount]
}

extension CapturedMachine {
    /// Whether a kind of file system can hold a system.
    fileprivate static func isCaptured(_ type: String) -> Bool {
        ["ext2", "ext3", "ext4", "xfs", "btrfs", "vfat"].contains(type)
    }

    /// Whether what is mounted there does not belong to the system.
    fileprivate static func isElsewhere(_ mountPoint: String) -> Bool {
        [
            "/mnt", "/media", "/run", "/proc", "/sys", "/dev", "/tmp", "/var/tmp", "/var/lib/docker",
            "/var/lib/containers", "/snap",
        ]
        .contains { mountPoint == $0 || mountPoint.hasPrefix($0 + "/") }
    }
}
