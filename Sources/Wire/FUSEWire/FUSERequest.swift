import MusterBase

/// One request of the kernel: `struct fuse_in_header` and what follows it.
struct FUSERequest {
    static let headerSize = 40

    /// Nil for an operation that this module has no name for.
    let opcode: FUSEOpcode?
    /// Names the request in the reply.
    let unique: UInt64
    let node: UInt64
    /// What follows the header, not yet looked at.
    let body: ArraySlice<UInt8>
    /// True when the request says that it is longer than what came: it cannot be carried out, but answered.
    let isCut: Bool

    /// Nil when not even the header is there: then there is nobody to answer to.
    init?(_ bytes: ArraySlice<UInt8>) {
        var reader = ByteReader(bytes, of: "FUSE request")
        guard let length: UInt32 = try? reader.readNative(), let opcode: UInt32 = try? reader.readNative(),
            let unique: UInt64 = try? reader.readNative(), let node: UInt64 = try? reader.readNative(),
            (try? reader.skip(12)) != nil, let extensions: UInt16 = try? reader.readNative(),
            (try? reader.skip(2)) != nil
        else { return nil }
        self.opcode = FUSEOpcode(rawValue: opcode)
        self.unique = unique
        self.node = node
        let rest = reader.readRest()
        // Extensions (7.38) stand at the end, in units of 8 octets.
        let wanted = Int(length) - FUSERequest.headerSize - Int(extensions) * 8
        isCut = wanted < 0 || wanted > rest.count
        body = isCut ? [] : rest.prefix(wanted)
    }

    /// A reader of the body.
    var reader: ByteReader { ByteReader(body, of: "FUSE request") }
}
