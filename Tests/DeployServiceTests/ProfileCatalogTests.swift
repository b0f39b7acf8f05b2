import DeployService
import Images
import LinuxSystem
import Profiles
import TestSupport
import Testing

@Suite("the catalogue of profiles")
struct ProfileCatalogTests {
    @Test("a profile whose file cannot be read is listed with what is wrong, beside the others")
    func damaged() async throws {
        try await withTemporaryDirectory { state in
            for name in ["broken", "directory", "unknown-key", "web"] {
                try Files.createDirectory("\(state)/os/\(name)", mode: 0o755)
            }
            try Files.write("family: [", to: "\(state)/os/broken/profile.yaml")
            try Files.createDirectory("\(state)/os/directory/profile.yaml", mode: 0o755)
            try Files.write("family: debian\nsurprise: 1\n", to: "\(state)/os/unknown-key/profile.yaml")
            try Files.write("family: debian\nimage: {name: debian-12}\n", to: "\(state)/os/web/profile.yaml")
            let catalog = ProfileCatalog(
                try ProfileStore(publicDirectory: state), keys: ChunkKeys(privateDirectory: "\(state)/private"))
            let profiles = try catalog.descriptions()
            #expect(profiles.map(\.name) == ["broken", "directory", "unknown-key", "web"])
            for profile in profiles.dropLast() {
                #expect(profile.problems.count == 1 && profile.problems[0].contains("\(profile.name)/profile.yaml"))
            }
            #expect(profiles.last?.family == "debian")
        }
    }
}
