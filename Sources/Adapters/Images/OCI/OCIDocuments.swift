import DeploymentModel
import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The JSON documents of container images, in the words of the OCI Image Format Specification 1.1; what Muster has no use
/// for is left out.
enum OCI {
    enum MediaType {
        static let index = "application/vnd.oci.image.index.v1+json"
        static let manifest = "application/vnd.oci.image.manifest.v1+json"
        static let configuration = "application/vnd.oci.image.config.v1+json"
        static let layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
        /// Docker's, which mean the same.
        static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
        static let dockerList = "application/vnd.docker.distribution.manifest.list.v2+json"
    }

    struct Platform: Codable, Hashable, Sendable {
        var architecture: String
        var os: String
    }

    struct Descriptor: Codable, Hashable, Sendable {
        var mediaType: String
        var digest: ContentDigest
        var size: Int64
        var platform: Platform?
        var annotations: [String: String]?
    }

    struct Index: Codable, Hashable, Sendable {
        var schemaVersion = 2
        var mediaType: String? = MediaType.index
        var manifests: [Descriptor]
    }

    struct Manifest: Codable, Hashable, Sendable {
        var schemaVersion = 2
        var mediaType: String? = MediaType.manifest
        var config: Descriptor
        var layers: [Descriptor]
        var annotations: [String: String]?
    }

    struct Layout: Codable, Hashable, Sendable {
        var imageLayoutVersion = "1.0.0"
    }

    struct Configuration: Codable, Hashable, Sendable {
        struct Execution: Codable, Hashable, Sendable {
            var environment: [String]?
            var command: [String]?
            var labels: [String: String]?

            private enum CodingKeys: String, CodingKey {
                case environment = "Env"
                case command = "Cmd"
                case labels = "Labels"
            }
        }

        struct RootFileSystem: Codable, Hashable, Sendable {
            var type = "layers"
            var diffIDs: [ContentDigest]

            private enum CodingKeys: String, CodingKey {
                case type
                case diffIDs = "diff_ids"
            }
        }

        struct Step: Codable, Hashable, Sendable {
            var created: String?
            var createdBy: String?

            private enum CodingKeys: String, CodingKey {
                case created
                case createdBy = "created_by"
            }
        }

        var created: String?
        var architecture: String
        var os: String
        var config: Execution?
        var rootfs: RootFileSystem
        var history: [Step]?
    }

    /// As `uname -m` says it, to Go's words, which the specification uses.
    static let architectures = ["x86_64": "amd64", "aarch64": "arm64"]

    static func encode(_ document: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(document))
    }

    /// Throws ``MusterError`` `malformed` that names `subject`.
    static func decode<Document: Decodable>(_ bytes: [UInt8], of subject: String) throws -> Document {
        do {
            return try JSONDecoder().decode(Document.self, from: Data(bytes))
        } catch {
            throw MusterError(.malformed, "\(subject) of the container image is not as it should be", cause: error)
        }
    }
}
