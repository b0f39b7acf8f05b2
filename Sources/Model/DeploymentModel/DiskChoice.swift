import MusterBase

/// What a machine says of one of its disks.
public struct DiskFacts: Sendable, Hashable {
    /// What lies on a disk.
    public enum Content: Sendable, Hashable {
        /// Nothing, wherever it was looked at.
        case empty
        /// What Muster installed, told by the labels of the partitions.
        case muster
        /// Chunks of a tethered root, which come from the servers again.
        case fill
        /// Anything else, in words, such as `an ext4 file system`.
        case foreign(String)
        /// It cannot be opened or read: a path that does not lead to it, or a defect.
        case unreadable
    }

    /// The kernel's name: `vda`, `nvme0n1`.
    public var name: String
    /// Names below /dev/disk that stay the same from boot to boot.
    public var links: [String]
    /// In octets.
    public var size: Int64
    /// Octets of a logical block.
    public var blockSize: Int
    public var model: String?
    public var serial: String?
    /// One of ``DiskRule/buses``.
    public var bus: String
    public var isRemovable: Bool
    public var isReadOnly: Bool
    /// What uses it at this moment; nil for nothing.
    public var user: String?
    public var content: Content

    public init(
        name: String, links: [String] = [], size: Int64, blockSize: Int = 512, model: String? = nil,
        serial: String? = nil, bus: String = "other", isRemovable: Bool = false, isReadOnly: Bool = false,
        user: String? = nil, content: Content = .empty
    ) {
        self.name = name
        self.links = links
        self.size = size
        self.blockSize = blockSize
        self.model = model
        self.serial = serial
        self.bus = bus
        self.isRemovable = isRemovable
        self.isReadOnly = isReadOnly
        self.user = user
        self.content = content
    }

    public var path: String { "/dev/" + name }
}

/// Chooses the disk that a system is installed to, or a tethered root is kept on: facts in, a disk or the reason for each
/// disk out.
public struct DiskChoice: Sendable {
    /// What the disk is for.
    public enum Purpose: Sendable, Hashable {
        case system
        /// To keep the chunks of a tethered root: nothing that would be missed gives way to them.
        case fill
    }

    public var rule: DiskRule
    /// Octets that the system needs at least.
    public var needed: Int64
    /// Whether what somebody else wrote may be overwritten.
    public var mayWipe: Bool
    public var purpose: Purpose

    public init(rule: DiskRule, needed: Int64, mayWipe: Bool, purpose: Purpose = .system) {
        self.rule = rule
        self.needed = needed
        self.mayWipe = mayWipe
        self.purpose = purpose
    }

    /// What is on a disk that is taken before others.
    private var preferred: DiskFacts.Content { purpose == .system ? .muster : .fill }

    /// The disk to take: of those that can be taken the one that has Muster's system or chunks already, unless the rule
    /// asks for the smallest or the largest, then the smallest, then the first by name.
    ///
    /// - Throws: ``MusterError`` `unsupported` with the reason for each disk.
    public func choose(_ disks: [DiskFacts]) throws(MusterError) -> DiskFacts {
        let suitable = disks.filter { refusal(of: $0) == nil }
        if rule.isPrecise, suitable.count > 1 {
            throw MusterError(
                .unsupported,
                "deployment.disk (\(rule)) fits several disks: \(suitable.map(\.name).sorted().joined(separator: ", "))",
                advice: "say more in it, such as bus=, size>= or model=")
        }
        let best = suitable.min { left, right in
            let isKept = left.content == preferred
            if !rule.ordersBySize, isKept != (right.content == preferred) { return isKept }
            if left.size != right.size { return (left.size < right.size) != rule.wantsLargest }
            if isKept != (right.content == preferred) { return isKept }
            return (left.name.utf8.count, left.name) < (right.name.utf8.count, right.name)
        }
        if let best { return best }
        let reasons = disks.sorted { $0.name < $1.name }.map { "\($0.name) \(refusal(of: $0) ?? "")" }
        throw MusterError(
            .unsupported,
            "no disk can take the \(purpose == .system ? "system" : "root file system"): "
                + (reasons.isEmpty ? "this machine has none" : reasons.joined(separator: "; ")),
            advice: advice(disks))
    }

    private func advice(_ disks: [DiskFacts]) -> String {
        let isForeignAlone = disks.contains { disk in
            var willing = self
            willing.mayWipe = true
            return refusal(of: disk) != nil && willing.refusal(of: disk) == nil
        }
        return isForeignAlone
            ? "the disk, and when nothing on it is needed: muster node set NODE deployment.disk_wipe=true"
            : "the machine's disks and their controllers, and the attribute deployment.disk of the node"
    }

    /// Why a disk cannot be taken; nil when it can.
    func refusal(of disk: DiskFacts) -> String? {
        if disk.content == .unreadable { return "cannot be read" }
        if disk.isReadOnly { return "can only be read" }
        if let user = disk.user { return "is in use by \(user)" }
        if let term = rule.unfulfilled(by: disk) { return "is not what deployment.disk asks for (\(term))" }
        if disk.isRemovable, !rule.isPrecise { return "is removable, and not named by serial or path" }
        if disk.bus == "usb", !rule.isPrecise, !rule.terms.contains(.bus("usb")) {
            return "is at USB, and not asked for by bus=usb, serial or path"
        }
        if disk.size < needed {
            return "is too small: it has \(megabytes(disk.size)), \(megabytes(needed)) are needed"
        }
        if disk.content == .muster, purpose == .fill, !mayWipe { return "holds a system that Muster installed" }
        if case .foreign(let what) = disk.content, !mayWipe { return "holds \(what) that Muster did not make" }
        return nil
    }

    private func megabytes(_ size: Int64) -> String { "\(size / 1_000_000) MB" }
}
