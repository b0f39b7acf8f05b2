import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterAPI
import MusterBase

/// The disk of an installation: which one, what of it stays, and which root starts in the end.
extension Installation {
    private func layout(_ listing: TreeListing) -> InstallLayout {
        InstallLayout(
            architecture: facts.architecture, content: listing.room, layout: install.settings.layout)
    }

    func choose(from disks: [DiskFacts], _ listing: TreeListing) async throws -> (DiskFacts, RootPlacement) {
        try await step(Step.disk, doing: "choosing a disk", check: "the machine's disks") {
            let layout = layout(listing)
            let choice = DiskChoice(
                rule: try .ofNode(install.diskRule), needed: try layout.smallestDisk(), mayWipe: install.mayWipeDisk)
            // Looked at again: a script may have changed something.
            let seen = disks.isEmpty ? disks : DiskScan().disks()
            let disk = try choice.choose(seen)
            let placement = try placement(on: disk, layout)
            let stays = if case .beside(let good, _) = placement { ", where root \(good.rawValue) stays" } else { "" }
            return StepResult(
                (disk, placement),
                "\(disk.name) is taken: \(sizeText(disk.size)), \(disk.model ?? disk.bus), "
                    + "\(DiskWords.content(disk))\(stays)")
        }
    }

    /// What of a disk stays.
    private func placement(on disk: DiskFacts, _ layout: InstallLayout) throws -> RootPlacement {
        guard disk.content == .muster, let table = DiskScan().table(of: disk), layout.matches(table) else {
            return try .decide(layout, table: nil, choice: nil, mayWipe: install.mayWipeDisk)
        }
        let efi = BriefMount.efi(InstallLayout.device(InstallLayout.efiNumber, of: disk.path))
        let choice = try? efi.run(isReadOnly: true) { try RootChoiceFile(below: $0).read() }
        return try .decide(layout, table: table, choice: choice, mayWipe: install.mayWipeDisk)
    }

    func makePartitions(
        on disk: DiskFacts, _ placement: RootPlacement, _ listing: TreeListing, _ image: ForeignRoot
    ) async throws -> TargetDisk {
        let fileSystem = install.settings.fileSystem
        return try await step(
            Step.partitions, doing: "making partitions and file systems on \(disk.name)", check: "the disk \(disk.name)"
        ) {
            try TargetDisk.unmount()
            let target: TargetDisk
            let words: String
            switch placement {
            case .wholeDisk(let slot):
                target = try TargetDisk.partition(disk, layout: layout(listing), slot: slot, fileSystem: fileSystem)
                words = "\(disk.name) has a partition table, and \(fileSystem.rawValue) for the root"
            case .beside(let good, let table):
                try endTrial(on: disk)
                target = try TargetDisk.keep(disk, table: table, slot: good.other, fileSystem: fileSystem)
                words =
                    "\(disk.name) keeps its table and root \(good.rawValue); "
                    + "root \(good.other.rawValue) is a new \(fileSystem.rawValue)"
            }
            try await target.makeFileSystems(with: image)
            try target.makeLinks()
            try target.mountRoot()
            return StepResult(target, words)
        }
    }

    /// Before a root is overwritten: a machine that is switched off in the middle starts the good one.
    private func endTrial(on disk: DiskFacts) throws {
        try BriefMount.efi(InstallLayout.device(InstallLayout.efiNumber, of: disk.path)).run { mountPoint in
            let file = RootChoiceFile(below: mountPoint)
            try file.write(try file.read().withoutTrial())
        }
    }

    /// The root that stays; nil when none does.
    func formerRoot(of target: TargetDisk, _ image: ForeignRoot) -> FormerRoot? {
        guard target.isKept, let slot = target.slot else { return nil }
        return FormerRoot(device: target.device(of: slot.other)) { [release = facts.kernelRelease, image] fileSystem in
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
                    key: key, deployment: configuration.deployment, image: configuration.image))
        } catch {
            await reporter.record(
                Step.staged, .progress,
                "root \(slot.other.rawValue) cannot be told what to say if the machine returns to it: \(error)")
        }
        try file.write(try file.read().onTrial(slot))
        return "starting from root \(slot.rawValue), on trial: \(RootChoice.firstTries) starts at most"
    }
}
