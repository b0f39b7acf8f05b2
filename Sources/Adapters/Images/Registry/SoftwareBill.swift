import Crypto
import DeploymentModel
import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The packages of a version as a software bill of materials: SPDX 2.3, in JSON.
///
/// It is made from the manifest, which is signed and never changes, and from nothing else; so each version has one, and it is
/// the same whenever and wherever it is asked for (docs/decisions/0014-exports.md).
public struct SoftwareBill: Sendable {
    private let document: Document

    public init(_ manifest: ImageManifest) {
        let name = "\(manifest.name)-\(manifest.version)"
        let image = Package.image(manifest, identifier: Self.imageIdentifier)
        let packages = manifest.packages.enumerated().map { index, package in
            Package.installed(package, in: manifest, identifier: "SPDXRef-Package-\(index + 1)")
        }
        var relationships = [
            Relationship(
                spdxElementId: Self.identifier, relationshipType: "DESCRIBES", relatedSpdxElement: image.identifier)
        ]
        relationships += packages.map {
            Relationship(
                spdxElementId: image.identifier, relationshipType: "CONTAINS", relatedSpdxElement: $0.identifier)
        }
        document = Document(
            spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", identifier: Self.identifier, name: name,
            documentNamespace: "https://spdx.org/spdxdocs/\(name)-\(Self.uniqueText(manifest))",
            creationInfo: .init(
                created: Self.time(manifest.created), creators: ["Tool: muster"],
                comment: "The time is that of the package repositories which the version was built from."),
            packages: [image] + packages, relationships: relationships)
    }

    /// One document, keys sorted; it ends with a line feed.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return Array(try encoder.encode(document)) + [UInt8(ascii: "\n")]
    }

    private static let identifier = "SPDXRef-DOCUMENT"
    private static let imageIdentifier = "SPDXRef-Image"

    /// Of this content, so that no other document has the same name.
    private static func uniqueText(_ manifest: ImageManifest) -> String {
        var hash = SHA256()
        hash.update(data: Array("\(manifest.reference) \(manifest.root.digest) \(manifest.created)\n".utf8))
        for package in manifest.packages {
            hash.update(data: Array("\(package.name) \(package.version) \(package.architecture)\n".utf8))
        }
        return hexText(hash.finalize().prefix(16))
    }

    /// In whole seconds, the only form that SPDX has.
    private static func time(_ time: Timestamp) -> String {
        String(time.description.prefix { $0 != "." && $0 != "Z" }) + "Z"
    }
}

extension SoftwareBill {
    // The keys are those of the SPDX 2.3 JSON schema.

    private struct Document: Encodable {
        var spdxVersion: String
        var dataLicense: String
        var identifier: String
        var name: String
        var documentNamespace: String
        var creationInfo: CreationInfo
        var packages: [Package]
        var relationships: [Relationship]

        private enum CodingKeys: String, CodingKey {
            case spdxVersion, dataLicense
            case identifier = "SPDXID"
            case name, documentNamespace, creationInfo, packages, relationships
        }
    }

    private struct CreationInfo: Encodable {
        var created: String
        var creators: [String]
        var comment: String
    }

    private struct Relationship: Encodable {
        var spdxElementId: String
        var relationshipType: String
        var relatedSpdxElement: String
    }

    private struct Checksum: Encodable {
        var algorithm: String
        var checksumValue: String
    }

    private struct Reference: Encodable {
        var referenceCategory: String
        var referenceType: String
        var referenceLocator: String
    }

    private struct Package: Encodable {
        var identifier: String
        var name: String
        var versionInfo: String
        // What no package list says.
        var downloadLocation = "NOASSERTION"
        var licenseConcluded = "NOASSERTION"
        var licenseDeclared = "NOASSERTION"
        var copyrightText = "NOASSERTION"
        var filesAnalyzed = false
        var primaryPackagePurpose: String?
        var checksums: [Checksum]?
        var externalRefs: [Reference]?

        private enum CodingKeys: String, CodingKey {
            case identifier = "SPDXID"
            case name, versionInfo, downloadLocation, licenseConcluded, licenseDeclared, copyrightText, filesAnalyzed
            case primaryPackagePurpose, checksums, externalRefs
        }

        static func image(_ manifest: ImageManifest, identifier: String) -> Package {
            Package(
                identifier: identifier, name: manifest.name, versionInfo: String(manifest.version),
                primaryPackagePurpose: "OPERATING-SYSTEM",
                checksums: [Checksum(algorithm: "SHA256", checksumValue: manifest.root.digest.hex)])
        }

        static func installed(
            _ package: ImageManifest.Package, in manifest: ImageManifest, identifier: String
        ) -> Package {
            let locator = PackageURL(package, distribution: manifest.distribution, manifest.distributionVersion)
            return Package(
                identifier: identifier, name: package.name, versionInfo: package.version,
                externalRefs: [
                    Reference(
                        referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
                        referenceLocator: locator.description)
                ])
        }
    }
}

/// The package URL of an installed package (ECMA-427; types deb, rpm, apk).
struct PackageURL: CustomStringConvertible {
    let description: String

    init(_ package: ImageManifest.Package, distribution: String, _ distributionVersion: String) {
        let type = Self.type(distribution)
        var version = package.version
        var qualifiers = ["arch=\(Self.encoded(package.architecture))"]
        qualifiers.append("distro=\(Self.encoded("\(distribution)-\(distributionVersion)"))")
        // RPM's epoch is no part of the version there.
        if type == "rpm", let colon = version.firstIndex(of: ":") {
            qualifiers.append("epoch=\(Self.encoded(String(version[..<colon])))")
            version = String(version[version.index(after: colon)...])
        }
        let place = "\(Self.encoded(distribution))/\(Self.encoded(package.name))@\(Self.encoded(version))"
        description = "pkg:\(type)/\(place)?\(qualifiers.joined(separator: "&"))"
    }

    private static func type(_ distribution: String) -> String {
        if distribution == "alpine" { return "apk" }
        return PackageVersionOrder(distribution: distribution) == .debian ? "deb" : "rpm"
    }

    /// All but letters, digits and `.-_~` in percent.
    private static func encoded(_ text: String) -> String {
        var octets: [UInt8] = []
        for octet in text.utf8 {
            let isPlain = PackageURL.plain.contains(octet)
            if isPlain { octets.append(octet) } else { octets += Array("%\(hexText(octet).uppercased())".utf8) }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    private static let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_~".utf8)
}
