import DeploymentModel
import Foundation
import Images
import MusterBase
import Testing

@Suite("software bill of materials")
struct SoftwareBillTests {
    private func manifest(
        _ packages: [ImageManifest.Package], distribution: String = "debian", version: String = "12"
    ) throws -> ImageManifest {
        ImageManifest(
            name: "web", version: 7, architecture: "x86_64", distribution: distribution, distributionVersion: version,
            created: Timestamp(microseconds: 1_700_000_000_123_456), kernelRelease: "6.1",
            recipeDigest: try FileDigest.of([]), files: [],
            root: .init(size: 0, digest: try FileDigest.of([]), chunks: []), parent: nil, packages: packages,
            minimalMemory: 0)
    }

    private func document(_ manifest: ImageManifest) throws -> [String: Any] {
        let bytes = try SoftwareBill(manifest).json()
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("it has what SPDX 2.3 requires, and is the same each time")
    func required() throws {
        let manifest = try manifest([
            .init(name: "libstdc++6", version: "12.2.0-14+deb12u1", architecture: "amd64"),
            .init(name: "bsdutils", version: "1:2.38.1-5", architecture: "amd64"),
        ])
        let document = try document(manifest)
        #expect(document["spdxVersion"] as? String == "SPDX-2.3")
        #expect(document["dataLicense"] as? String == "CC0-1.0")
        #expect(document["SPDXID"] as? String == "SPDXRef-DOCUMENT")
        #expect(document["name"] as? String == "web-7")
        let space = try #require(document["documentNamespace"] as? String)
        #expect(space.hasPrefix("https://spdx.org/spdxdocs/web-7-") && !space.contains("#"))
        let creation = try #require(document["creationInfo"] as? [String: Any])
        #expect(creation["created"] as? String == "2023-11-14T22:13:20Z")
        #expect(creation["creators"] as? [String] == ["Tool: muster"])
        let packages = try #require(document["packages"] as? [[String: Any]])
        let identifiers = packages.compactMap { $0["SPDXID"] as? String }
        #expect(identifiers == ["SPDXRef-Image", "SPDXRef-Package-1", "SPDXRef-Package-2"])
        for package in packages {
            #expect(package["name"] is String && package["downloadLocation"] as? String == "NOASSERTION")
            #expect(package["filesAnalyzed"] as? Bool == false)
        }
        let relationships = try #require(document["relationships"] as? [[String: String]])
        #expect(relationships.map { $0["relationshipType"] } == ["DESCRIBES", "CONTAINS", "CONTAINS"])
        #expect(relationships.allSatisfy { identifiers.contains($0["relatedSpdxElement"] ?? "") })
        #expect(try SoftwareBill(manifest).json() == SoftwareBill(manifest).json())
    }

    private func locators(_ manifest: ImageManifest) throws -> [String] {
        let packages = try #require(try document(manifest)["packages"] as? [[String: Any]])
        return packages.flatMap { package in
            (package["externalRefs"] as? [[String: String]] ?? []).compactMap { $0["referenceLocator"] }
        }
    }

    @Test("packages are named by package URLs of their distribution, other characters in percent")
    func locators() throws {
        let debian = [
            ImageManifest.Package(name: "libstdc++6", version: "12.2.0-14+deb12u1", architecture: "amd64"),
            .init(name: "bsdutils", version: "1:2.38.1~rc1", architecture: "amd64"),
        ]
        #expect(
            try locators(manifest(debian)) == [
                "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12",
                "pkg:deb/debian/bsdutils@1%3A2.38.1~rc1?arch=amd64&distro=debian-12",
            ])
        let rocky = [ImageManifest.Package(name: "dbus", version: "1:1.12-8.el9", architecture: "x86_64")]
        #expect(
            try locators(manifest(rocky, distribution: "rocky", version: "9.4")) == [
                "pkg:rpm/rocky/dbus@1.12-8.el9?arch=x86_64&distro=rocky-9.4&epoch=1"
            ])
        let alpine = [ImageManifest.Package(name: "musl", version: "1.2.5-r0", architecture: "x86_64")]
        #expect(
            try locators(manifest(alpine, distribution: "alpine", version: "3.20")) == [
                "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20"
            ])
    }

    @Test("other content has another name space")
    func spaces() throws {
        let one = try document(manifest([.init(name: "a", version: "1", architecture: "all")]))
        let other = try document(manifest([.init(name: "a", version: "2", architecture: "all")]))
        #expect(one["documentNamespace"] as? String != other["documentNamespace"] as? String)
    }
}
