import CLinux
import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The disk of an installation: which one, what of it stays, and which root starts in the end.
extension Installation {
    private func layout(_ listing: TreeListing) -> InstallLayout {
        InstallLayout(
            architecture: facts.architecture, content: listing.room, layout: settings.layout,
            hasBoot: settings.encryption != nil, extras: settings.extras)
    }

    /// The table that Muster made on a disk; nil where it made none.
    private func ownTable(of disk: DiskFacts) -> PartitionTable? {
        disk.content == .muster ? DiskScan().table(of: disk) : nil
    }

    func choose(_ listing: TreeListing) async throws -> (DiskFacts, RootPlacement) {
        try await step(Step.disk, doing: "choosing a disk", check: "the machine's disks") {
            let layout = layout(listing)
            let choice = DiskChoice(
                rule: try .ofNode(install.diskRule), needed: try layout.smallestDisk(), mayWipe: install.mayWipeDisk)
            // Looked at again: a script may have changed something.
            let disk = try choice.choose(DiskScan().disks())
            let placement = try placement(on: disk, layout)
            let stays = if case .beside(let good, _) = placement { ", where root \(good.rawValue) stays" } else { "" }
            return StepResult((disk, placement), DiskWords.choice(disk) + stays)
        }
    }

    /// What of a disk stays.
    private func placement(on disk: DiskFacts, _ layout: InstallLayout) throws -> RootPlacement {
        guard let table = ownTable(of: disk) else {
            return try .decide(layout, table: nil, choice: nil, mayWipe: install.mayWipeDisk)
        }
        return try .decide(layout, table: table, choice: try choice(on: disk, table), mayWipe: install.mayWipeDisk)
    }

    /// Which root of a disk is good; nil when none is yet. What cannot be read does not count as none.
    private func choice(on disk: DiskFacts, _ table: PartitionTable) throws -> RootChoice? {
        guard settings.layout == .ab,
            let efi = table.partitions.first(where: { $0.number == InstallLayout.efiNumber }),
            !DiskScan().isBlank(efi, of: disk)
        else { return nil }
        do {
            return try BriefMount.efi(InstallLayout.device(efi.number, of: disk.path)).run(isReadOnly: true) {
                let file = RootChoiceFile(below: $0)
                return Files.exists(file.path) ? try file.read() : nil
            }
        } catch {
            guard !install.mayWipeDisk else { return nil }
            throw MusterError(
                .unsupported, "it cannot be read which root of \(disk.name) is the good one",
                advice: "the disk; or, when nothing on it is needed: muster node set NODE deployment.disk_wipe=true",
                cause: error)
        }
    }

    func makePartitions(
        on disk: DiskFacts, _ placement: RootPlacement, _ listing: TreeListing, _ image: ForeignRoot
    ) async throws -> TargetDisk {
        let root = settings.fileSystem.rawValue + (settings.encryption == nil ? "" : " in LUKS2")
        return try await step(
            Step.partitions, doing: "making partitions and file systems on \(disk.name)", check: "the disk \(disk.name)"
        ) {
            try TargetDisk.unmount()
            var target: TargetDisk
            let words: String
            // Before anything is written: whom the key does not reach, nothing is encrypted for.
            let volume = try await NewVolume.make(for: settings) { report in
                try await pool.ask { try await $0.tell(report, key: key) }
            }
            switch placement {
            case .wholeDisk(let slot):
                let table = ownTable(of: disk)
                var layout = layout(listing)
                layout.disk = disk.size
                if settings.keepsChunks {
                    layout = layout.keepingChunks(of: manifest.root, on: disk.size, table)
                }
                target = try TargetDisk.partition(
                    disk, layout: layout, slot: slot, settings: settings, volume: volume, before: table)
                words = "\(disk.name) has a partition table, and \(root) for the root"
            case .beside(let good, let table):
                try endTrial(on: disk)
                target = try TargetDisk.keep(
                    disk, table: table, slot: good.other, settings: settings, volume: volume)
                words =
                    "\(disk.name) keeps its table and root \(good.rawValue); "
                    + "root \(good.other.rawValue) is a new \(root)"
            }
            // Before anything more is read of the image.
            let kept = await keepChunks(on: target)
            try await target.makeFileSystems(with: image)
            try await target.extras.make(with: image)
            try target.makeLinks()
            try target.mountRoot()
            try target.extras.mount()
            return StepResult(target, words + kept)
        }
    }

    /// From now on the image's chunks come from the disk, as far as they lie there, and the others are kept on it. Where
    /// that fails, all of them come from the members.
    ///
    /// - Returns: words for the trace.
    private func keepChunks(on target: TargetDisk) async -> String {
        guard settings.keepsChunks else { return "" }
        guard let server, let device = target.storeDevice else { return "; there is no room to keep chunks" }
        let descriptor = muster_open_disk(device)
        guard descriptor >= 0 else { return "; chunks are not kept: \(systemError("cannot open \(device)"))" }
        defer { close(descriptor) }
        do {
            try server.give(disk: descriptor)
        } catch {
            return "; chunks are not kept: \(error)"
        }
        return "; the image's chunks are kept on \(FilePathText.lastComponent(of: device))"
    }

    /// How much of the image the disk had already, for the trace.
    func chunkWords(_ target: TargetDisk) -> String {
        guard target.storeDevice != nil, let status = RootServerStatus.read(), let found = status.fromDisk else {
            return ""
        }
        return "; \(status.fetched - found) chunks came from servers and \(found) from the disk"
    }

    /// Before a root is overwritten: a machine that is switched off in the middle starts the good one.
    private func endTrial(on disk: DiskFacts) throws {
        try BriefMount.efi(InstallLayout.device(InstallLayout.efiNumber, of: disk.path)).run { mountPoint in
            let file = RootChoiceFile(below: mountPoint)
            try file.write(try file.read().withoutTrial())
        }
    }

    /// The root that stays; nil when none does.
    func formerRoot(of target: TargetDisk, _ image: ForeignRoot) async -> FormerRoot? {
        guard target.isKept, let slot = target.slot else { return nil }
        let partition = target.device(of: slot.other)
        let opened = target.encryption == nil ? nil : try? await EncryptedVolume.openFormer(partition, with: image)
        return FormerRoot(device: opened ?? partition) { [release = facts.kernelRelease, image] fileSystem in
            _ = try? ModuleLoader(release: release, root: image.path).load(fileSystem)
        }
    }

    /// The last that is done to a disk with two roots: from now on it starts the new one. In words, for the trace.
    ///
    /// - Parameter former: the root that stays, which is told what it has to know if the machine returns to it.
    func switchRoots(_ target: TargetDisk, _ former: FormerRoot?) async throws -> String {
        guard let slot = target.slot else { return "starting from it" }
        let file = RootChoiceFile(below: TargetDisk.efiMountPoint)
        guard let former else {
            try file.write(.first(slot))
            return "starting from root \(slot.rawValue)"
        }
        do {
            try former.leave(
                TrialNotice(
                    key: key, deployment: configuration.deployment, image: reference))
        } catch {
            await reporter.record(
                Step.staged, .progress,
                "root \(slot.other.rawValue) cannot be told what to say if the machine returns to it: \(error)")
        }
        try file.write(try file.read().onTrial(slot))
        return "starting from root \(slot.rawValue), on trial: \(RootChoice.firstTries) starts at most"
    }
}
