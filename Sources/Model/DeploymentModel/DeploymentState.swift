/// Where a deployment stands.
public enum DeploymentState: String, Codable, Sendable, CaseIterable {
    /// Asked for; the machine has not begun yet, and its key may be granted once.
    case armed
    /// The machine was answered by a boot service, or its agent is at work in the initramfs.
    case booting
    /// A distributor's installer, or the writing of an image to disk, is at work.
    case installing
    /// Installed; the machine has yet to boot from its disk.
    case staged
    /// The deployed system runs for the first time and works through its stages.
    case firstboot
    /// Over, and well.
    case deployed
    /// Over, and not well: ``Deployment/failure`` says why.
    case failed

    /// True until the deployment is over: the boot services lead the machine to its loader.
    public var isRunning: Bool {
        switch self {
        case .armed, .booting, .installing: true
        case .staged, .firstboot, .deployed, .failed: false
        }
    }

    /// True when nothing more is expected to happen.
    public var isOver: Bool { self == .deployed || self == .failed }
}

/// How a profile puts its system on a machine.
public enum DeploymentMethod: String, Codable, Sendable, CaseIterable {
    /// The image's root is loaded whole into memory; the machine needs no server afterwards.
    case untethered
    /// The image's root is read over HTTPS while the machine runs.
    case tethered
    /// The image is written to the machine's disk.
    case installtodisk
    /// The distributor's own installer puts the system on the machine's disk.
    case scripted

    /// True for systems that start over the network each time.
    public var bootsFromNetwork: Bool { !writesDisk }

    /// True for systems that are put on a disk of the machine, which they start from then.
    public var writesDisk: Bool { self == .installtodisk || self == .scripted }

    /// Those whose system is a version of an image.
    public static let ofImages: [DeploymentMethod] = [.untethered, .tethered, .installtodisk]
}
