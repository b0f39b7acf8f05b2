/// The kernel's name of a processor for those that distributions use.
enum ProcessorName {
    static func ofKernel(_ name: some StringProtocol) -> String {
        switch name {
        case "amd64", "x86-64", "x64": "x86_64"
        case "arm64", "aa64": "aarch64"
        case "i386", "i486", "i586", "x86": "i686"
        case "ppc64el": "ppc64le"
        case "armhf", "armel": "armv7l"
        case "loong64": "loongarch64"
        default: String(name)
        }
    }

    /// Those that Debian has.
    static let debian: Set<String> = [
        "amd64", "arm64", "armel", "armhf", "i386", "loong64", "mips64el", "mipsel", "ppc64el", "riscv64", "s390x",
    ]

    /// Those of rpm's distributions, and of Alpine's.
    static let others: Set<String> = [
        "aarch64", "armhf", "armv7", "i686", "loongarch64", "ppc64le", "riscv64", "s390x", "x86", "x86_64",
    ]

    /// The first of these names that is a whole word of a text such as a file's name.
    static func find(in text: String) -> String? {
        let words = text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
        return words.lazy.filter { others.contains($0) || debian.contains($0) }.map { ofKernel($0) }.first
    }
}
