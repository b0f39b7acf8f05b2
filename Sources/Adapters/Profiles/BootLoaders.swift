import LinuxSystem
import MusterBase

/// The boot loaders in `public/boot`, taken from Debian's package `ipxe`, and the programs that lead to the disk.
public enum BootLoaders {
    /// Name in `public/boot`, and in the package.
    private static let files = [
        ("undionly.kpxe", "undionly.kpxe"), ("snponly-x86_64.efi", "snponly.efi"), ("ipxe-x86_64.efi", "ipxe.efi"),
    ]

    /// Copies the loaders that are new or changed, each at once and whole, and gives their names.
    ///
    /// - Parameters:
    ///   - source: `/usr/lib/ipxe`.
    ///   - bootDirectory: `public/boot`. Other files in it, such as one for arm64, are left alone.
    /// - Throws: ``MusterError`` `notFound` when the package is not installed; nothing is changed then.
    @discardableResult
    public static func install(from source: String = "/usr/lib/ipxe", to bootDirectory: String) throws -> [String] {
        let copies = try files.map { name, original -> (String, [UInt8]) in
            guard Files.exists("\(source)/\(original)") else {
                throw MusterError(
                    .notFound, "the boot loader \(source)/\(original) is missing",
                    advice: "install it: apt-get install ipxe")
            }
            return (name, try Files.read("\(source)/\(original)"))
        }
        let own = EndingProgram.Architecture.allCases.map { ($0.fileName, EndingProgram(architecture: $0).octets) }
        try Files.createDirectory(bootDirectory)
        var changed: [String] = []
        for (name, bytes) in copies + own {
            if try AtomicFile.writeIfChanged(bytes, to: "\(bootDirectory)/\(name)") { changed.append(name) }
        }
        return try changed + installEntries(in: FilePathText.parent(of: bootDirectory))
    }

    /// The scripts at the places where signed GRUBs look for one.
    private static func installEntries(in publicDirectory: String) throws -> [String] {
        try GRUBScript.entries.filter { place in
            let path = "\(publicDirectory)/\(place)"
            try Files.createDirectory(FilePathText.parent(of: path))
            return try AtomicFile.writeIfChanged(GRUBScript.entry, to: path)
        }
    }

    /// The names of the loaders that are missing in `public/boot`.
    public static func missing(in bootDirectory: String) -> [String] {
        let entries = GRUBScript.entries.map { "../\($0)" }
        return (files.map(\.0) + EndingProgram.Architecture.allCases.map(\.fileName) + entries)
            .filter { !Files.exists("\(bootDirectory)/\($0)") }
    }
}
