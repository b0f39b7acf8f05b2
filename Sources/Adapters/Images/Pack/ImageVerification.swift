import Crypto
import DeploymentModel
import ImageChunks
import LinuxSystem
import MusterBase

extension ImageStore {
    /// What is wrong with a version, a sentence each; empty when it is as it was packed. Reads every file and every chunk of it.
    ///
    /// - Throws: Only what keeps it from looking, such as a version that is not there.
    public func verify(_ reference: ImageReference, isSigned: SignatureCheck) throws -> [String] {
        guard Files.exists(manifestPath(reference)) else {
            throw MusterError(.notFound, "there is no version \(reference)")
        }
        var problems: [String] = []
        let bytes: [UInt8]
        do { bytes = try manifestBytes(reference) } catch { return ["\(error)"] }
        if !hasGoodSignature(reference, bytes, isSigned) {
            problems.append("the manifest's signature is missing or not made with this site's image key")
        }
        let manifest: ImageManifest
        do { manifest = try self.manifest(reference) } catch { return problems + ["\(error)"] }
        for name in Self.fileNames where manifest.file(named: name) == nil {
            problems.append("the manifest does not name the file \(name)")
        }
        for file in manifest.files {
            if let problem = check(file, of: reference) { problems.append(problem) }
        }
        return problems + check(manifest.root)
    }

    /// Throws ``MusterError`` `verificationFailed` for a version that this site did not sign: what is in it may be anybody's.
    public func requireSigned(_ reference: ImageReference, _ isSigned: SignatureCheck) throws {
        guard hasGoodSignature(reference, try manifestBytes(reference), isSigned) else {
            throw MusterError(
                .verificationFailed,
                "the signature of \(reference) is missing or not made with this site's image key",
                advice: "pack it anew: muster image pack \(reference.name)")
        }
    }

    /// Throws when a key does not open the chunks of a version. A chunk that is not there or damaged says nothing about
    /// the key.
    public func check(_ key: ChunkKey, of reference: ImageReference) throws {
        guard let chunk = try manifest(reference).root.chunks.first, let stored = try? chunks.read(chunk.digest) else {
            return
        }
        do { _ = try ChunkCipher(key).open(stored, digest: chunk.digest, size: chunk.size) } catch {
            throw MusterError(
                .verificationFailed, "the key of the image \(reference.name) does not open its chunks",
                advice: "restore private/images/\(reference.name).key", cause: error)
        }
    }

    /// What is wrong with the chunks of a root, without their key.
    private func check(_ root: ImageManifest.Root) -> [String] {
        var problems: [String] = []
        if root.chunks.reduce(0, { $0 + Int64($1.size) }) != root.size {
            problems.append("the chunks of the root file system are not as long together as it is")
        }
        for digest in Set(root.chunks.map(\.digest)).sorted(by: { $0.hex < $1.hex }) {
            do { _ = try chunks.read(digest) } catch { problems.append("\(error)") }
        }
        return problems
    }

    /// The check for an Ed25519 public key of 32 octets (RFC 8032).
    public static func signatureCheck(publicKey: [UInt8]) throws -> SignatureCheck {
        let key: Curve25519.Signing.PublicKey
        do { key = try Curve25519.Signing.PublicKey(rawRepresentation: publicKey) } catch {
            throw MusterError(.malformed, "the site's public image key is no Ed25519 key", cause: error)
        }
        return { message, signature in key.isValidSignature(signature, for: message) }
    }

    private func hasGoodSignature(
        _ reference: ImageReference, _ manifest: [UInt8], _ isSigned: SignatureCheck
    ) -> Bool {
        guard let text = try? Files.readText(signaturePath(reference), limit: 4096),
            let signature = hexBytes(text.filter { $0 != "\n" })
        else { return false }
        return isSigned(manifest, signature)
    }

    private func check(_ file: ImageManifest.File, of reference: ImageReference) -> String? {
        guard ImageReference.isValidName(file.name) else { return "the manifest names a file '\(file.name)'" }
        do {
            let (digest, size) = try FileDigest.ofFile("\(path(reference))/\(file.name)")
            if size != file.size { return "\(file.name) has \(size) octets in the place of \(file.size)" }
            if digest != file.digest { return "\(file.name) has the digest \(digest) in the place of \(file.digest)" }
            return nil
        } catch { return "\(file.name) cannot be read: \(error)" }
    }
}
