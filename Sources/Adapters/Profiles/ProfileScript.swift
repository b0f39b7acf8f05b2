import Images
import LinuxSystem
import MusterBase
import NodeRange

/// A script that runs on nodes in a stage.
public struct ProfileScript: Hashable, Sendable {
    public let stage: Profile.Stage
    /// The file's name, such as `10-packages`.
    public let name: String
    /// On the servers of all members: `/os/<profile>/scripts/<stage>.d/<name>`.
    public let path: String
    public let digest: ContentDigest
}

/// The scripts in a profile's directory.
struct ProfileScripts {
    /// The directory of the profile.
    let directory: String
    let profile: String

    func directory(of stage: Profile.Stage) -> String { "\(directory)/\(place(stage))" }

    /// Below the profile's directory.
    func place(_ stage: Profile.Stage) -> String { "scripts/\(stage.rawValue).d" }

    /// Those of a stage in the order in which they run: natural, so that `9-a` comes before `10-b`.
    func scripts(of stage: Profile.Stage) throws -> [ProfileScript] {
        try names(of: stage).map { name in
            ProfileScript(
                stage: stage, name: name, path: "/os/\(profile)/scripts/\(stage.rawValue).d/\(name)",
                digest: try FileDigest.ofFile("\(directory(of: stage))/\(name)").digest)
        }
    }

    func names(of stage: Profile.Stage) throws -> [String] { try files(of: stage).filter(Self.isScriptName) }

    /// Names that are not taken for scripts, such as an editor's copies.
    func ignored(of stage: Profile.Stage) throws -> [String] {
        try files(of: stage).filter { !Self.isScriptName($0) && !Self.keepers.contains($0) }
    }

    /// By which a directory without scripts is kept in git.
    private static let keepers: Set<String> = [".gitignore", ".gitkeep", ".keep"]

    private func files(of stage: Profile.Stage) throws -> [String] {
        let directory = directory(of: stage)
        guard Files.isDirectory(directory) else { return [] }
        return try Files.names(in: directory).filter { !Files.isDirectory("\(directory)/\($0)") }
            .sorted(by: naturallyPrecedes)
    }

    /// Letters, digits, `_`, `-` and `.`, not at the beginning: nothing that a URL would have to quote.
    private static func isScriptName(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "."), name.utf8.count <= 128 else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        } && !name.hasSuffix(".bak") && !name.hasSuffix(".orig")
    }
}
