import CertificateAuthority
import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import MusterCommands
import TestSupport
import Testing

@Suite("image and profile commands")
struct ImageCommandTests {
    let fixture = CommandFixture()

    private func writeVersion(_ version: Int, in state: String) throws {
        let digest = try #require(ContentDigest(octets: [UInt8](repeating: UInt8(version), count: 32)))
        let manifest = ImageManifest(
            name: "debian-12", version: version, architecture: "x86_64", distribution: "debian",
            distributionVersion: "12",
            created: try time("10:00:00"), kernelRelease: "6.1.0-30-cloud-amd64", recipeDigest: digest,
            files: [
                .init(name: "kernel", size: 8_100_000, digest: digest),
                .init(name: "initramfs", size: 14_250_000, digest: digest),
            ],
            root: .init(size: 180_400_000, digest: digest, chunks: [.init(size: 180_400_000, digest: digest)]),
            parent: version > 1 ? ImageReference(name: "debian-12", version: version - 1) : nil,
            packages: [.init(name: "bash", version: "5.2.15-2+b2", architecture: "amd64")], minimalMemory: 1 << 30)
        let images = "\(state)/public/images/debian-12"
        try Files.createDirectory(images)
        try Files.write(try MusterJSON.encode(manifest), to: "\(images)/\(version).manifest")
    }

    @Test("versions are listed with their size and age, and one is shown with its files and packages")
    func listAndShow() async throws {
        try await withTemporaryDirectory { state in
            try writeVersion(1, in: state)
            try writeVersion(2, in: state)
            let list = await fixture.run("image", "list", "--state-dir", state)
            expectGolden("image-list.txt", list.output)
            let show = await fixture.run("image", "show", "debian-12", "--packages", "--state-dir", state)
            expectGolden("image-show.txt", show.output)
            let json = await fixture.run("image", "list", "-o", "json", "--state-dir", state)
            expectGolden("image-list.json", json.output)
            let bill = await fixture.run("image", "show", "debian-12", "--sbom", "--state-dir", state)
            #expect(bill.output.contains("\"pkg:deb/debian/bash@5.2.15-2%2Bb2?arch=amd64&distro=debian-12\""))
            let authority = try SiteAuthority.create(at: "\(state)/private/site", siteName: "test")
            let unsigned = await fixture.run("image", "promote", "debian-12@1", "production", "--state-dir", state)
            #expect(unsigned.code == 1 && unsigned.errors.contains("is missing or not made with this site's image key"))
            let manifest = "\(state)/public/images/debian-12/1.manifest"
            try Files.write(hexText(authority.signImage(Files.read(manifest))) + "\n", to: manifest + ".sig")
            // What is being removed is not pointed at.
            let removing = try FileLock(in: "\(state)/public/images", doing: "removing")
            for words in [["promote", "debian-12@1"], ["rollback", "debian-12"]] {
                let refused = await fixture.run(
                    ["image"] + words + ["production", "--state-dir", state])
                #expect(refused.code == 1 && refused.errors.contains("removing what no version needs"), "\(words)")
            }
            removing.release()
            _ = await fixture.run("image", "promote", "debian-12@1", "production", "--state-dir", state)
            let promoted = await fixture.run("image", "list", "--state-dir", state)
            #expect(promoted.output.split(separator: "\n")[1].hasSuffix("  production"), "\(promoted.output)")
        }
    }

    @Test("exec refuses what cannot be meant, and says how to get a tree")
    func exec() async throws {
        try await withTemporaryDirectory { state in
            let both = await fixture.run("image", "exec", "small", "--discard", "--keep", "--state-dir", state)
            #expect(both.code == 64 && both.errors.contains("--discard and --keep are opposites"))
            let place = await fixture.run("image", "exec", "small", "--bind", "/srv:mnt", "--state-dir", state)
            #expect(place.code == 64 && place.errors.contains("allowed: SOURCE[:TARGET[:ro]]"))
            let none = await fixture.run(
                "image", "exec", "small", "--state-dir", state, "--", "ls", "--discard", "--keep")
            #expect(none.code == 1 && none.errors.contains("muster image build"), "\(none.errors)")
        }
    }

    @Test("a damaged version is named with what is wrong, and does not hide the others")
    func damaged() async throws {
        try await withTemporaryDirectory { state in
            for version in 1...3 { try writeVersion(version, in: state) }
            let images = "\(state)/public/images/debian-12"
            try Files.write("{ not json", to: "\(images)/2.manifest")
            try Files.createDirectory("\(images)/4.manifest")
            let list = await fixture.run("image", "list", "--state-dir", state)
            #expect(list.code == 1)
            #expect(list.output.contains("debian-12@1 ") && list.output.contains("debian-12@3 "))
            #expect(!list.output.contains("debian-12@2"))
            #expect(list.errors.contains("muster: debian-12@2 is damaged: "))
            #expect(list.errors.contains("debian-12@4 is damaged: cannot read \(images)/4.manifest: it is a directory"))
            let other = await fixture.run("image", "list", "alpine", "--state-dir", state)
            #expect(other.code == 1 && other.errors.contains("there is no image 'alpine'"), "\(other.errors)")
            _ = try SiteAuthority.create(at: "\(state)/private/site", siteName: "test")
            let all = await fixture.run("image", "verify", "--all", "--state-dir", state)
            #expect(all.code == 1)
            for version in 1...4 { #expect(all.output.contains("debian-12@\(version)  bad"), "\(version)") }
            #expect(all.errors.contains("debian-12@4: cannot read \(images)/4.manifest"))
        }
    }

    @Test("no images is an empty list, and an unknown image an error that says what to do")
    func none() async throws {
        try await withTemporaryDirectory { state in
            let list = await fixture.run("image", "list", "--state-dir", state)
            #expect(list.code == 0)
            let show = await fixture.run("image", "show", "debian-12", "--state-dir", state)
            #expect(show.code == 1)
            #expect(show.errors.contains("muster image build"))
        }
    }

    @Test(
        "what a machine may be reading stays; what it ran when its deployment was removed goes only when it is asked for"
    )
    func collection() async throws {
        try await withTemporaryDirectory { state in
            for version in 1...5 { try writeVersion(version, in: state) }
            func use(_ version: Int, _ node: String, _ reason: ImageUse.Reason) -> ImageUse {
                ImageUse(image: "debian-12@\(version)", node: node, reason: reason)
            }
            let uses = [
                use(1, "n1", .former), use(2, "n3", .removed), use(2, "n2", .removed), use(3, "n4", .running),
                use(1, "n5", .removed), use(4, "n1", .deployment),
            ]
            try fixture.service.on("GET /api/v1/image-uses", ImageUses(uses: uses))
            func manifests() throws -> [String] {
                try Files.names(in: "\(state)/public/images/debian-12").filter { $0.hasSuffix(".manifest") }.sorted()
            }
            let all = try manifests()
            let first = await fixture.run("image", "gc", "--keep", "1", "--state-dir", state)
            #expect(first.code == 0, "\(first.errors)")
            #expect(first.output.contains("debian-12@2 stays: n2, n3 ran it when their deployments were removed"))
            #expect(!first.output.contains("debian-12@1"))
            #expect(try manifests() == all)
            let second = await fixture.run("image", "gc", "--keep", "1", "--without-removed", "--state-dir", state)
            #expect(second.output.hasPrefix("removed debian-12@2 and "), "\(second.output) \(second.errors)")
            #expect(try manifests() == all.filter { $0 != "2.manifest" })
        }
    }

    @Test("without the service nothing is removed, as nobody else knows what machines read")
    func collectionAlone() async throws {
        try await withTemporaryDirectory { state in
            for version in 1...5 { try writeVersion(version, in: state) }
            fixture.service.on("GET /api/v1/image-uses", fails: MusterError(.unavailable, "musterd is not there"))
            let outcome = await fixture.run("image", "gc", "--keep", "1", "--state-dir", state)
            #expect(outcome.code == 1)
            #expect(try Files.names(in: "\(state)/public/images/debian-12").count == 5)
        }
    }

    @Test("a recipe is found by name or path; one that is not there is an error that names the place")
    func recipes() async throws {
        try await withTemporaryDirectory { state in
            let early = await fixture.run("image", "build", "debian-12", "--state-dir", state)
            #expect(early.code == 1 && early.errors.contains("there is no site"), "\(early.errors)")
            _ = try SiteAuthority.create(at: "\(state)/private/site", siteName: "test")
            let byName = await fixture.run("image", "build", "nope", "--state-dir", state)
            #expect(byName.errors.contains("there is no recipe 'nope'"))
            let byPath = await fixture.run("image", "build", "./nope.yaml", "--state-dir", state)
            #expect(byPath.errors == "muster: there is no recipe at /work-here/./nope.yaml\n")
            try Files.write("name: x\nsurprise: 1\n", to: "\(state)/bad.yaml")
            let bad = await fixture.run("image", "build", "\(state)/bad.yaml", "--state-dir", state)
            #expect(bad.code == 1)
            #expect(bad.errors.contains("surprise"))
        }
    }

    @Test("packing needs the site's keys and a built tree, and says which is missing")
    func pack() async throws {
        try await withTemporaryDirectory { state in
            let outcome = await fixture.run("image", "pack", "debian-12", "--state-dir", state)
            #expect(outcome.code == 1)
            #expect(outcome.errors.contains("muster init"))
        }
    }

    @Test("profiles are listed with their image and their problems")
    func profiles() async throws {
        let good = ProfileDescription(
            name: "debian-12", label: "Debian 12", family: "debian", architecture: "x86_64", method: .untethered,
            image: "debian-12@7", kernelArguments: "quiet", scripts: ["onboot": ["10-hello", "20-more"], "pre": []],
            problems: [])
        var bad = good
        bad.name = "old"
        bad.image = nil
        bad.problems = ["boot.ipxe is missing", "its image is gone"]
        try fixture.service.on("GET /api/v1/profiles", ProfileList(profiles: [good, bad]))
        try fixture.service.on("GET /api/v1/profiles/old", bad)
        let list = await fixture.run("profile", "list")
        let show = await fixture.run("profile", "show", "old")
        expectGolden("profiles.txt", list.output + "\n" + show.output)
    }
}
