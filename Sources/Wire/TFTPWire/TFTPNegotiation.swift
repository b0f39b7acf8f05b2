/// What the server allows.
public struct TFTPLimits: Sendable, Hashable {
    /// Largest payload of a block in octets (RFC 2348: 8 to 65464).
    public var blockSize: Int
    /// Most blocks in one window (RFC 7440).
    public var windowSize: Int
    /// Most octets in one window: what a client's socket can be expected to hold.
    public var windowOctets: Int

    public init(blockSize: Int = 65_464, windowSize: Int = 64, windowOctets: Int = 1 << 20) {
        self.blockSize = blockSize
        self.windowSize = windowSize
        self.windowOctets = windowOctets
    }
}

/// What client and server agreed on for one transfer.
public struct TFTPParameters: Sendable, Hashable {
    /// Payload of a block in octets.
    public var blockSize = 512
    /// Blocks that are sent before an acknowledgment is waited for.
    public var windowSize = 1
    /// Seconds before the first retransmission, when the client asked for that.
    public var timeout: Int?
    /// What is acknowledged to the client; empty: no option was asked for or none taken.
    public var acknowledged: [TFTPOption] = []

    public init() {}

    /// Chooses from the options of a read request. Options that are unknown or have values that are not allowed are
    /// left out, as RFC 2347 has it.
    /// - Parameter size: of the file in octets, for `tsize`; nil when it is not known.
    public init(_ options: [TFTPOption], size: Int64?, limits: TFTPLimits = TFTPLimits()) {
        var seen: Set<String> = []
        for option in options where seen.insert(option.name).inserted {
            switch option.name {
            case "blksize":
                guard let wish = Int(option.value), (8...65_464).contains(wish) else { continue }
                blockSize = min(wish, limits.blockSize)
                acknowledged.append(TFTPOption("blksize", String(blockSize)))
            case "windowsize":
                guard let wish = Int(option.value), (1...65_535).contains(wish) else { continue }
                windowSize = wish
                acknowledged.append(TFTPOption("windowsize", ""))
            case "timeout":
                guard let wish = Int(option.value), (1...255).contains(wish) else { continue }
                timeout = wish
                acknowledged.append(TFTPOption("timeout", String(wish)))
            case "tsize":
                guard let size else { continue }
                acknowledged.append(TFTPOption("tsize", String(size)))
            default: continue
            }
        }
        // Only now is the block size known that the window is bounded by.
        windowSize = max(1, min(windowSize, limits.windowSize, limits.windowOctets / blockSize))
        for index in acknowledged.indices where acknowledged[index].name == "windowsize" {
            acknowledged[index].value = String(windowSize)
        }
    }
}
