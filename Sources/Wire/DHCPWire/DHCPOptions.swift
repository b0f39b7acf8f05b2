import MusterBase

/// The options of a packet, in the order in which they came or were set. Each code stands once: repeated instances
/// are joined as RFC 3396 wants.
///
/// All contents lie in one array, so that reading a packet costs two allocations however many options it has.
public struct DHCPOptions: Sendable {
    private struct Entry {
        let code: UInt8
        var start: Int
        var count: Int
    }

    private var entries: [Entry] = []
    private var contents: [UInt8] = []

    public init() {
        entries.reserveCapacity(16)
        contents.reserveCapacity(256)
    }

    /// The codes present, in order.
    public var codes: [DHCPOptionCode] { entries.map { DHCPOptionCode($0.code) } }

    public var isEmpty: Bool { entries.isEmpty }

    public func contains(_ code: DHCPOptionCode) -> Bool { position(of: code) != nil }

    /// The octets of an option; nil when it is not there. An option of length zero gives an empty slice. Setting
    /// replaces the content in place or adds the option at the end; setting nil removes it.
    public subscript(code: DHCPOptionCode) -> ArraySlice<UInt8>? {
        get { position(of: code).map { slice(entries[$0]) } }
        set {
            guard let newValue else {
                if let index = position(of: code) { entries.remove(at: index) }
                return
            }
            set(code, newValue)
        }
    }

    /// Replaces the content of an option in place or adds the option at the end.
    public mutating func set(_ code: DHCPOptionCode, _ octets: some Collection<UInt8>) {
        let start = contents.count
        contents.append(contentsOf: octets)
        place(code, start: start, count: contents.count - start)
    }

    /// Replaces or adds an option that is one number in network order.
    public mutating func setInteger(_ code: DHCPOptionCode, _ value: some FixedWidthInteger) {
        let start = contents.count
        withUnsafeBytes(of: value.bigEndian) { contents.append(contentsOf: $0) }
        place(code, start: start, count: contents.count - start)
    }

    /// Adds octets to an option that may be there already, as RFC 3396 asks of repeated options.
    public mutating func append(_ code: DHCPOptionCode, _ octets: ArraySlice<UInt8>) {
        guard let index = position(of: code) else { return set(code, octets) }
        let entry = entries[index]
        if entry.start + entry.count != contents.count {
            entries[index].start = contents.count
            contents.append(contentsOf: contents[entry.start..<entry.start + entry.count])
        }
        contents.append(contentsOf: octets)
        entries[index].count += octets.count
    }

    /// How many options there are, and each of them by its place.
    var count: Int { entries.count }
    func option(at place: Int) -> (code: DHCPOptionCode, octets: ArraySlice<UInt8>) {
        (DHCPOptionCode(entries[place].code), slice(entries[place]))
    }

    private mutating func place(_ code: DHCPOptionCode, start: Int, count: Int) {
        if let index = position(of: code) {
            entries[index].start = start
            entries[index].count = count
        } else {
            entries.append(Entry(code: code.rawValue, start: start, count: count))
        }
    }

    private func position(of code: DHCPOptionCode) -> Int? {
        for index in entries.indices where entries[index].code == code.rawValue { return index }
        return nil
    }

    private func slice(_ entry: Entry) -> ArraySlice<UInt8> { contents[entry.start..<entry.start + entry.count] }
}

extension DHCPOptions: Equatable {
    public static func == (left: DHCPOptions, right: DHCPOptions) -> Bool {
        left.codes == right.codes && left.codes.allSatisfy { left[$0] == right[$0] }
    }
}
