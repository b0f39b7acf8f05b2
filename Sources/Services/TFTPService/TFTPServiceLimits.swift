import TFTPWire

/// What clients may ask of the service.
public struct TFTPServiceLimits: Sendable {
    public var options: TFTPLimits
    /// Transfers at the same time; requests above it get an error and are counted.
    public var transfers: Int
    /// Of one address. Loaders fetch several files at once, and relays may hide several machines.
    public var transfersPerClient: Int
    /// When all places are taken, a transfer that nobody has acknowledged keeps its own for so long.
    public var sparedUnheard: Duration
    /// Octets of the largest file that is served in mode netascii.
    public var netasciiFile: Int64

    public init(
        options: TFTPLimits = TFTPLimits(), transfers: Int = 4000, transfersPerClient: Int = 32,
        sparedUnheard: Duration = .seconds(1), netasciiFile: Int64 = 1 << 20
    ) {
        self.options = options
        self.transfers = transfers
        self.transfersPerClient = transfersPerClient
        self.sparedUnheard = sparedUnheard
        self.netasciiFile = netasciiFile
    }
}
