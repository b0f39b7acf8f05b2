/// What is on a medium, as far as recognising it needs it: names, and the first octets of a few small files.
public struct MediumListing: Sendable {
    /// Last component of where it came from. It may tell what the medium does not: `alpine-netboot-3.20.3-x86_64.tar.gz`.
    public let sourceName: String
    /// Of an ISO image.
    public let volumeLabel: String?
    /// By their lower-case form: ISO 9660 without extensions has capitals where others do not.
    private let paths: [String: String]
    private let contents: [String: [UInt8]]

    /// - Parameters:
    ///   - paths: of files and links, without a slash in front.
    ///   - contents: by path, as far as ``octetsWanted(of:)`` wants them.
    public init(
        sourceName: String, volumeLabel: String? = nil, paths: some Sequence<String>, contents: [String: [UInt8]]
    ) {
        self.sourceName = sourceName
        self.volumeLabel = volumeLabel
        self.paths = Dictionary(paths.map { ($0.lowercased(), $0) }, uniquingKeysWith: { min($0, $1) })
        self.contents = contents
    }

    /// The path as the medium has it, in whatever case it is asked for; nil when there is no such file.
    public func path(_ wanted: String) -> String? { paths[wanted.lowercased()] }

    /// The first of several that is there.
    func first(_ wanted: [String]) -> String? { wanted.lazy.compactMap { path($0) }.first }

    /// The content of a small file as text, octets that are not UTF-8 replaced.
    func text(_ wanted: String) -> String? { octets(wanted).map { String(decoding: $0, as: UTF8.self) } }

    func octets(_ wanted: String) -> [UInt8]? { path(wanted).flatMap { contents[$0] } }

    /// Paths whose lower-case form passes, sorted.
    func paths(where passes: (String) -> Bool) -> [String] {
        paths.filter { passes($0.key) }.map(\.value).sorted()
    }

    /// The first parts of all paths, sorted: what somebody sees who looks at the medium.
    public var topNames: [String] {
        Set(paths.values.compactMap { $0.split(separator: "/").first.map(String.init) }).sorted()
    }
}

extension MediumListing {
    /// How many octets from the beginning of a file recognising wants; nil for none. Larger files than that are cut.
    public static func octetsWanted(of path: String) -> Int? {
        let lower = path.lowercased()
        let name = lower.split(separator: "/").last.map(String.init) ?? lower
        if texts.contains(lower) || textNames.contains(name) { return 1 << 20 }
        if lower.hasPrefix("loader/entries/"), lower.hasSuffix(".conf") { return 64 << 10 }
        if lower.hasPrefix("boot/config-") { return 4 << 10 }
        return isKernel(name) ? KernelHeader.size : nil
    }

    private static let texts: Set<String> = [
        ".alpine-release", ".discinfo", ".disk/info", ".treeinfo", "boot.cfg", "boot/grub2/grub.cfg", "content",
        "coreos/kargs.json", "efi/boot/boot.cfg", "efi/boot/grub.cfg", "efi/fedora/grub.cfg", "isolinux/isolinux.cfg",
        "media.1/media", "media.1/products", "treeinfo", "version.txt", "zipl.prm",
    ]
    /// Wherever they lie.
    private static let textNames: Set<String> = ["version.info", "grub.cfg"]

    /// Files of which the first octets say for which processor they are.
    private static func isKernel(_ name: String) -> Bool {
        name == "linux" || name.hasPrefix("vmlinuz") || name.hasSuffix(".vmlinuz") || name.contains("-live-kernel")
            || name.hasSuffix(".kernel")
    }
}
