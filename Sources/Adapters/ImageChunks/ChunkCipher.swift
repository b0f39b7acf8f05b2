import Crypto
import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Encrypts the chunks of one image's versions, and decrypts them.
///
/// AES-256 in GCM (NIST SP 800-38D). A stored chunk is 12 octets of nonce, the ciphertext, and 16 octets of tag. The nonce
/// is the beginning of an HMAC-SHA256 of the plain octets: equal chunks are stored alike and kept once, no two different
/// ones share a nonce, and nobody without the key can tell whether a chunk holds a content that they know. Both keys come
/// from the image's by HKDF (RFC 5869).
public struct ChunkCipher: Sendable {
    private let encryption: SymmetricKey
    private let naming: SymmetricKey

    /// What a stored chunk is longer than the plain one, in octets.
    public static let overhead = 28

    public init(_ key: ChunkKey) {
        let input = SymmetricKey(data: key.octets.reveal())
        func derive(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(inputKeyMaterial: input, info: Array(purpose.utf8), outputByteCount: 32)
        }
        encryption = derive("muster chunk encryption 1")
        naming = derive("muster chunk nonce 1")
    }

    /// The octets to store for a plain chunk; always the same for the same.
    public func seal(_ plain: UnsafeRawBufferPointer) throws -> [UInt8] {
        var authentication = HMAC<SHA256>(key: naming)
        authentication.update(data: plain)
        let nonce = Array(authentication.finalize().prefix(12))
        let box = try AES.GCM.seal(plain, using: encryption, nonce: try AES.GCM.Nonce(data: nonce))
        var stored: [UInt8] = []
        stored.reserveCapacity(plain.count + Self.overhead)
        stored += nonce
        stored += box.ciphertext
        stored += box.tag
        return stored
    }

    /// The plain octets of a stored chunk as a manifest promises it.
    ///
    /// - Parameters:
    ///   - digest: of the stored octets.
    ///   - size: of the plain ones.
    /// - Throws: `verificationFailed` when they are others.
    public func open(_ stored: [UInt8], digest: ContentDigest, size: Int) throws(MusterError) -> [UInt8] {
        guard let found = ContentDigest(octets: SHA256.hash(data: stored)), found == digest else {
            throw MusterError(
                .verificationFailed,
                "\(stored.count) octets came that are not the chunk of \(size + Self.overhead) that was meant")
        }
        let plain = try open(stored)
        guard plain.count == size else {
            throw MusterError(.verificationFailed, "a chunk holds \(plain.count) octets in the place of \(size)")
        }
        return plain
    }

    /// The plain octets of a stored chunk. Throws `verificationFailed` when it was not made with this key, or changed.
    public func open(_ stored: [UInt8]) throws(MusterError) -> [UInt8] {
        do {
            return Array(try AES.GCM.open(try AES.GCM.SealedBox(combined: stored), using: encryption))
        } catch {
            throw MusterError(
                .verificationFailed, "a chunk cannot be decrypted: it is of another image, or was changed")
        }
    }
}

/// The secret of one image, shared by all of its versions. Members have it, and machines that run the image get it with
/// their configuration.
public struct ChunkKey: Sendable {
    public let octets: Secret<[UInt8]>

    public static let length = 32

    /// Nil unless there are 32 octets.
    public init?(_ octets: [UInt8]) {
        guard octets.count == Self.length else { return nil }
        self.octets = Secret(octets)
    }

    /// Reads 64 hexadecimal digits.
    public init?(hex: String) {
        guard let octets = hexBytes(hex) else { return nil }
        self.init(octets)
    }

    public var hex: Secret<String> { Secret(hexText(octets.reveal())) }
}
