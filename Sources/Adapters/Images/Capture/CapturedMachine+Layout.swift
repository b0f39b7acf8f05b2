import DeploymentModel

extension CapturedMachine {
    /// The same layout for a disk of any size: what had a file system of its own has one again, in the same share of the
    /// disk, and swap space in its size. Logical volumes and subvolumes of other disks become partitions; what has no
    /// place of its own on an installed disk lies in the root. Nil where nothing is to be said.
    package var diskLayout: ImageManifest.DiskLayout? {
        guard let root = fileSystems.first, let type = Self.type(root) else { return nil }
        let others = fileSystems.dropFirst().filter {
            $0.device != root.device && ExtraFileSystem.isPlace($0.mountPoint)
        }
        // A volume with several subvolumes is made once, for the first.
        var devices: Set<String> = []
        let own = others.filter { Self.type($0) != nil && devices.insert($0.device).inserted }
        let whole = max(1, Self.sum(disks.map(\.size)))
        var left = ExtraFileSystem.mostPercent
        // A profile takes no label twice.
        var labels: Set<String> = []
        var extras: [ExtraFileSystem] = own.compactMap { system in
            let percent = min(max(1, Int((system.size * 100 + whole / 2) / whole)), left)
            guard percent > 0 else { return nil }
            left -= percent
            let label = system.label.flatMap { ExtraFileSystem.isLabel($0) && labels.insert($0).inserted ? $0 : nil }
            return ExtraFileSystem(
                .mount(system.mountPoint), size: .percent(percent), type: Self.type(system) ?? .ext4, label: label)
        }
        let swap = Self.sum(disks.map(\.swap)) / 1_000_000 * 1_000_000
        if swap > 0 { extras.append(.init(.swap, size: .octets(max(swap, ExtraFileSystem.leastOctets)))) }
        return .init(fileSystem: type, extras: extras)
    }

    /// However many a machine says that it has.
    fileprivate static func sum(_ octets: [Int64]) -> Int64 { octets.reduce(0) { min($0 + $1, 1 << 60) } }

    private static func type(_ system: FileSystem) -> InstallSettings.FileSystem? {
        system.type.hasPrefix("ext") ? .ext4 : InstallSettings.FileSystem(rawValue: system.type)
    }
}

extension CapturedMachine.Device {
    /// Octets of swap space on it.
    fileprivate var swap: Int64 { content == "swap" ? size : CapturedMachine.sum(parts.map(\.swap)) }
}
