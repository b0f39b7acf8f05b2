import Crypto
import FoundationEssentials
import MusterBase

extension SiteAuthority {
    /// The 32 octets of the Ed25519 key that image manifests are verified with.
    public var imagePublicKey: [UInt8] { Array(imageKey.reveal().publicKey.rawRepresentation) }

    /// Signs a manifest. Gives the 64 octets of an Ed25519 signature over exactly these octets (RFC 8032).
    public func signImage(_ octets: [UInt8]) throws -> [UInt8] {
        Array(try imageKey.reveal().signature(for: octets))
    }
}

/// Throws `verificationFailed` unless the signature was made over exactly these octets by the image key.
public func verifyImage(_ octets: [UInt8], signature: [UInt8], publicKey: [UInt8]) throws(MusterError) {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else {
        throw MusterError(.malformed, "an image key has 32 octets, not \(publicKey.count)")
    }
    guard key.isValidSignature(signature, for: octets) else {
        throw MusterError(.verificationFailed, "the signature of the image is not one of the site's image key")
    }
}
