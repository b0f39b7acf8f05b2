import LinuxSystem
import Media
import MusterBase

/// The directory `boot` of a profile whose system an installer puts on machines: links to what the medium boots from, so
/// that a medium can be had elsewhere without a change of the boot script.
struct BootFiles {
    /// Below the profile's directory.
    static let kernel = "boot/kernel"
    static func initramfs(_ number: Int) -> String { "boot/initramfs\(number == 0 ? "" : "-\(number + 1)")" }
    /// Zeros behind the medium's archives, so that a plain archive can follow: the kernel finds one only at a multiple of four
    /// (Linux, init/initramfs.c), and not every boot loader sees to that.
    static let padding = "boot/padding"
    /// The link to the medium, and what it says.
    static let distribution = "distribution"
    static func target(_ medium: String) -> String { "../../../distributions/\(medium)" }

    /// The links to a medium's archives.
    static func archives(of medium: MediumRecord) -> [String] { medium.initramfs.indices.map(initramfs) }

    /// Each link's name and what it says.
    let links: [(name: String, target: String)]

    init(of medium: MediumRecord) throws {
        guard let kernel = medium.kernel, !medium.initramfs.isEmpty else {
            throw MusterError(
                .unsupported, "the medium \(medium.name) has no kernel and initramfs to boot from",
                advice: "take the distribution's medium for installations or for network boot")
        }
        let archives = medium.initramfs.enumerated().map { (Self.initramfs($0.offset), $0.element) }
        links = ([(Self.kernel, kernel)] + archives).map { ($0.0, "../\(Self.distribution)/\($0.1)") }
    }

    /// Makes the links in a profile's directory.
    ///
    /// - Returns: false when they were there.
    func write(in directory: String) throws -> Bool {
        try Files.createDirectory("\(directory)/boot")
        let hasNewLinks = try links.map { try ProfileLink.write($0, in: directory) }.contains(true)
        let zeros = padding(in: directory)
        let isPadded = Files.size("\(directory)/\(Self.padding)") == Int64(zeros.count)
        if !isPadded { try AtomicFile.write(zeros, to: "\(directory)/\(Self.padding)") }
        return hasNewLinks || !isPadded
    }

    /// One to four octets, after what the archives are long together.
    private func padding(in directory: String) -> [UInt8] {
        let length = links.dropFirst().reduce(Int64(0)) { $0 + (Files.size("\(directory)/\($1.name)") ?? 0) }
        return [UInt8](repeating: 0, count: 4 - Int(length % 4))
    }

    /// A sentence for each link that is missing or leads nowhere.
    func problems(in directory: String, _ mend: String) -> [String] {
        let problems = links.compactMap { ProfileLink.problem($0, in: directory, mend) }
        let isPadded = Files.size("\(directory)/\(Self.padding)") == Int64(padding(in: directory).count)
        guard problems.isEmpty, !isPadded else { return problems }
        return ["\(Self.padding) does not fit the medium's archives; \(mend)"]
    }
}
