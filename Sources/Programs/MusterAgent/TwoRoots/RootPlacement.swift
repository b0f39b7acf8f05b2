import DeploymentModel
import DiskFormats
import MusterBase

/// Where on a disk an image is installed, by what is there: pure.
package enum RootPlacement: Sendable, Hashable {
    /// All on the disk is made anew.
    case wholeDisk(RootSlot?)
    /// The table stays, and so does the root that is good: the other one is made anew.
    case beside(good: RootSlot, PartitionTable)

    package var slot: RootSlot? {
        switch self {
        case .wholeDisk(let slot): slot
        case .beside(let good, _): good.other
        }
    }

    /// - Parameters:
    ///   - table: of the disk; nil when there is none.
    ///   - choice: what lies on the disk's EFI system partition; nil when there is none.
    ///   - mayWipe: whether a good root may go that leaves too little room, or lies on a disk of another layout.
    /// - Throws: ``MusterError`` `unsupported` when a good root would have to go and may not.
    package static func decide(
        _ layout: InstallLayout, table: PartitionTable?, choice: RootChoice?, mayWipe: Bool
    ) throws(MusterError) -> RootPlacement {
        guard layout.layout == .ab else { return .wholeDisk(nil) }
        guard let table, let good = choice?.good else { return .wholeDisk(.a) }
        guard layout.matches(table), let place = table.partition(labelled: InstallLayout.rootLabel(good.other)) else {
            if mayWipe { return .wholeDisk(.a) }
            throw MusterError(
                .unsupported,
                "the disk has other partitions than `install` in the profile wants, and root \(good.rawValue) on it is good",
                advice: "the profile; or, when nothing on the disk is needed: "
                    + "muster node set NODE deployment.disk_wipe=true")
        }
        let room = place.size(blockSize: table.blockSize)
        if room >= layout.leastRoot { return .beside(good: good, table) }
        if mayWipe { return .wholeDisk(.a) }
        throw MusterError(
            .unsupported,
            "the image does not fit beside the root in use: root \(good.other.rawValue) has \(room / 1_000_000) MB, "
                + "\(layout.leastRoot / 1_000_000) MB are needed",
            advice: "a smaller image; or, when nothing on the disk is needed: "
                + "muster node set NODE deployment.disk_wipe=true")
    }
}
