import MusterBase

/// The longest key, in octets.
public let storeKeyLimit = 1024

/// The longest value, in octets: what etcd takes by default in one request, with room for the rest of it.
public let storeValueLimit = 1 << 20

/// Throws `invalidInput` unless the key is 1 to 1024 printable ASCII characters without blanks.
///
/// With nothing but ASCII the order of `String`, of SQLite and of etcd is the same, and equal keys are equal octets.
public func checkStoreKey(_ key: String) throws(MusterError) {
    guard !key.isEmpty, key.utf8.count <= storeKeyLimit, isPrintable(key) else {
        throw MusterError(
            .invalidInput,
            "'\(key.prefix(80))' is no store key: 1 to \(storeKeyLimit) printable ASCII characters"
        )
    }
}

/// Throws `invalidInput` unless a prefix is empty (which means all keys) or could begin a key.
package func checkStorePrefix(_ prefix: String) throws(MusterError) {
    if !prefix.isEmpty { try checkStoreKey(prefix) }
}

/// The first text behind all keys that begin with `prefix`; nil if there is none, as for the empty prefix.
package func storePrefixEnd(_ prefix: String) -> String? {
    var octets = Array(prefix.utf8)
    guard let last = octets.popLast() else { return nil }
    // A key's octets end at 0x7E, so the next octet is ASCII still.
    return String(decoding: octets + [last + 1], as: UTF8.self)
}

private func isPrintable(_ key: String) -> Bool {
    key.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
}
