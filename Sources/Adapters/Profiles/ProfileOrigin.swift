import LinuxSystem
import Media
import MusterAPI
import MusterBase
import OSFamilies

/// What a profile was made from: `.muster/origin.json` in its directory, and beside it, in `.muster/origin`, the texts as
/// Muster wrote them. They tell what the administrator changed from what Muster changed (docs/decisions/0023-origin-of-a-profile.md).
///
/// A name with a dot in front is not served to anybody.
public struct ProfileOrigin: Codable, Sendable, Hashable {
    public static let currentSchema = 1

    public var schema = Self.currentSchema
    /// The version that wrote what is kept.
    public var muster: String
    /// The medium that it was written for, for people: the link `distribution` tells which one the profile has.
    public var medium: String?
    /// The image as it was given: `debian-12@7`, or a name for the latest version.
    public var image: String?
    /// A ``ProfileVariant``; absent for an image.
    public var variant: String?
    /// Paths in the profile's directory of the texts that are kept, sorted.
    public var files: [String]

    static let directory = ".muster"
    static let recordPath = "\(directory)/origin.json"
    static func textPath(_ path: String) -> String { "\(directory)/origin/\(path)" }

    /// That of a profile which this version of Muster writes now.
    init(_ stock: ProfileStock, medium: MediumRecord?, image: String?, variant: ProfileVariant?) {
        muster = MusterVersion.current
        self.medium = medium?.name
        self.image = image
        self.variant = variant?.rawValue
        files = stock.files.map(\.path).sorted()
    }

    /// What people call it: `Muster 0.1.0, debian-13-netboot-amd64`.
    public var description: String {
        "Muster \(muster)" + ((medium ?? image).map { ", \($0)" } ?? "") + (variant.map { ", \($0)" } ?? "")
    }

    /// Reads that of the profile in a directory; nil when there is none.
    ///
    /// - Throws: ``MusterError`` `malformed` for what is no such record, `unsupported` for one of a later Muster.
    static func read(in directory: String) throws -> ProfileOrigin? {
        let path = "\(directory)/\(recordPath)"
        guard Files.exists(path) else { return nil }
        let record: ProfileOrigin = try MusterJSON.decode(from: try Files.read(path, limit: 1 << 20), of: path)
        guard record.schema == currentSchema else {
            throw MusterError(
                .unsupported, "\(path) is of form \(record.schema), and this Muster knows \(currentSchema)",
                advice: "take the version of Muster that wrote it, or a later one")
        }
        guard record.files.allSatisfy(isPlain) else {
            throw MusterError(.malformed, "\(path) names files that are not in the profile")
        }
        return record
    }

    /// The record as it stands in its file.
    func encoded() throws -> [UInt8] { try MusterJSON.encode(self, pretty: true) + [UInt8(ascii: "\n")] }

    /// The text of a file as Muster wrote it.
    static func text(of path: String, in directory: String) throws -> [UInt8] {
        do {
            return try Files.read("\(directory)/\(textPath(path))", limit: ProfileRebase.sizeLimit)
        } catch let error as MusterError where error.code == .notFound {
            throw MusterError(
                .malformed, "\(directory)/\(textPath(path)) is missing: it says what Muster wrote", advice: adopting)
        }
    }

    static let adopting = "begin a new record, of what is there now: muster profile rebase NAME --adopt"

    /// Puts texts and record into the directory that becomes a profile's.
    static func write(_ origin: ProfileOrigin, _ stock: ProfileStock, in directory: String) throws {
        for file in stock.files {
            let path = "\(directory)/\(textPath(file.path))"
            try Files.createDirectory(FilePathText.parent(of: path))
            try AtomicFile.write(file.text, to: path)
        }
        try AtomicFile.write(try origin.encoded(), to: "\(directory)/\(recordPath)")
    }

    /// Relative, and without a way out of the profile or into what Muster keeps there.
    private static func isPlain(_ path: String) -> Bool {
        !path.isEmpty && path.utf8.count <= 1024
            && path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && $0.first != "."
            }
    }
}
