import DeploymentModel
import LinuxSystem
import MusterBase
import StrictYAML

extension Recipe {
    /// Reads a recipe's file. Throws ``MusterError`` `malformed` with file, line and column for what it may not hold.
    public static func read(path: String) throws -> Recipe {
        try parse(try Files.readGiven(path, limit: 4 << 20), file: path)
    }

    /// Reads a recipe.
    ///
    /// - Parameter file: The name that stands in error messages.
    public static func parse(_ bytes: [UInt8], file: String) throws -> Recipe {
        let value = try YAMLValue.parse(String(decoding: bytes, as: UTF8.self), file: file)
        let top = try value.mapping("a recipe", keys: keys)
        let services = try top["services"]?.mapping("services", keys: ["enable", "disable"])
        return Recipe(
            name: try top.required("name").text("image name", allowed: nameRule, ImageReference.isValidName),
            label: try top["label"]?.text("label"),
            distribution: try top.required("distribution").word("distribution that can be built", of: ["debian"]),
            suite: try top.required("suite").text("suite", allowed: wordRule, isWord),
            architecture: try top["architecture"].map(architecture) ?? .amd64,
            mirrors: try top["mirrors"]?.list("mirrors", mirror) ?? [],
            components: try top["components"]?.list("components", component) ?? ["main"],
            packages: try top.required("packages").list("packages", package),
            kernel: try top["kernel"].map(package) ?? "linux-image-cloud-amd64",
            files: try top["files"].map(files) ?? [],
            commands: try top["commands"]?.list("commands") { try $0.text("a command") } ?? [],
            enabledServices: try services?["enable"]?.list("enable", service) ?? [],
            disabledServices: try services?["disable"]?.list("disable", service) ?? [],
            locale: try top["locale"]?.text("locale", allowed: "such as C.UTF-8, en_GB.UTF-8", isLocale) ?? "C.UTF-8",
            documentation: try top["documentation"]?.bool("documentation") ?? false,
            digest: try FileDigest.of(bytes))
    }

    static let keys = [
        "name", "label", "distribution", "suite", "architecture", "mirrors", "components", "packages", "kernel",
        "files", "commands", "services", "locale", "documentation",
    ]

    private static let nameRule = "lower-case letters, digits, '.', '_', '-', at most 64, first a letter or digit"
    private static let wordRule = "lower-case letters, digits, '.', '-'"
    private static let packageRule = "a Debian package name, with =VERSION or /SUITE if wanted"

    private static func architecture(_ value: YAMLValue) throws -> Architecture {
        let word = try value.word("architecture", of: Architecture.allCases.map(\.rawValue))
        return Architecture(rawValue: word) ?? .amd64
    }

    private static func mirror(_ value: YAMLValue) throws -> Mirror {
        let mirror = try value.mapping("a mirror", keys: ["uri", "suites", "components"])
        return Mirror(
            uri: try mirror.required("uri").text("mirror URI", allowed: AptSource.uriRule, AptSource.isValidURI),
            suites: try mirror.required("suites").list("suites") { try $0.text("suite", allowed: wordRule, isWord) },
            components: try mirror["components"]?.list("components", component))
    }

    private static func component(_ value: YAMLValue) throws -> String {
        try value.text("component", allowed: "such as main, contrib, non-free, non-free-firmware", isWord)
    }

    private static func package(_ value: YAMLValue) throws -> String {
        try value.text("package name", allowed: packageRule) { name in
            begins(name, "abcdefghijklmnopqrstuvwxyz0123456789") && holdsOnly(name, "+.-:=/~_")
        }
    }

    private static func service(_ value: YAMLValue) throws -> String {
        try value.text("unit name", allowed: "such as ssh, getty@tty1.service") { name in
            begins(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
                && holdsOnly(name, "@._:-\\")
        }
    }

    private static func files(_ value: YAMLValue) throws -> [File] {
        let files = try value.list("files", readFile)
        var paths: Set<String> = []
        for file in files where !paths.insert(file.path).inserted {
            throw value.error("the file \(file.path) stands here more than once")
        }
        return files
    }

    private static func readFile(_ value: YAMLValue) throws -> File {
        let fields = try value.mapping("a file", keys: ["path", "mode", "content"])
        let place = try fields.required("path")
        let path = try place.text("path of a file", allowed: "an absolute path without '.', '..' or '//'", isPath)
        guard MachineContent.treatment(of: String(path.dropFirst())) == .keep else {
            throw place.error("\(path) is particular to one machine, so an image cannot hold it")
        }
        let content = try fields.required("content")
        guard let text = content.plainText else { throw content.error("content must be a text") }
        return File(path: path, permissions: try fields["mode"].map(permissions) ?? 0o644, content: text)
    }

    private static func permissions(_ value: YAMLValue) throws -> UInt16 {
        let text = try value.text("mode", allowed: "three or four octal digits, such as 0644") { text in
            (3...4).contains(text.utf8.count) && UInt16(text, radix: 8) != nil
        }
        return UInt16(text, radix: 8) ?? 0o644
    }

    private static func isPath(_ path: String) -> Bool {
        guard path.hasPrefix("/"), !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return false }
        return path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    private static func isWord(_ text: String) -> Bool {
        begins(text, "abcdefghijklmnopqrstuvwxyz0123456789") && holdsOnly(text, ".-/")
    }

    private static func isLocale(_ text: String) -> Bool {
        begins(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") && holdsOnly(text, "._@-")
    }

    private static func begins(_ text: String, _ allowed: String) -> Bool { text.first.map(allowed.contains) ?? false }

    /// Letters, digits and the characters given.
    private static func holdsOnly(_ text: String, _ others: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                || others.unicodeScalars.contains(scalar)
        }
    }
}
