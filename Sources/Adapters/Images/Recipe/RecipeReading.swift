import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterBase
import StrictYAML

/// Reads the parts of a recipe.
struct RecipeReading {
    let family: Recipe.Family
    /// What relative paths stand in.
    let directory: String

    /// All keys that a recipe of a family may have.
    static func keys(of family: Recipe.Family) -> [String] {
        let source =
            switch family {
            case .apt: ["suite", "architecture", "mirrors", "components"]
            case .dnf, .zypper, .apk: ["release", "architecture", "repositories"]
            }
        let rest = ["packages", "kernel", "files", "commands", "services", "users"]
        return ["name", "label", "distribution"] + source + rest
            + (family == .apk ? [] : ["locale", "documentation"])
    }

    static let nameRule = "lower-case letters, digits, '.', '_', '-', at most 64, first a letter or digit"
    static let wordRule = "lower-case letters, digits, '.', '-'"

    /// The distribution alone, whatever else stands in the recipe.
    static func distribution(_ value: YAMLValue) throws -> Recipe.Distribution {
        let all = [Recipe.Family.apt, .dnf, .zypper, .apk].reduce(into: [String]()) { all, family in
            all += keys(of: family).filter { !all.contains($0) }
        }
        let place =
            try value.value(of: "distribution")
            ?? value.mapping("a recipe", keys: all).required("distribution")
        let word = try place.word(
            "distribution that can be built", of: Recipe.Distribution.allCases.map(\.rawValue))
        return Recipe.Distribution(rawValue: word) ?? .debian
    }

    func architecture(_ value: YAMLValue) throws -> Recipe.Architecture {
        let all = Recipe.Architecture.allCases
        let word = try value.word("architecture", of: all.map { $0.word(in: family) })
        return all.first { $0.word(in: family) == word } ?? .amd64
    }

    func mirror(_ value: YAMLValue) throws -> Recipe.Mirror {
        let mirror = try value.mapping("a mirror", keys: ["uri", "suites", "components", "keys"])
        return Recipe.Mirror(
            uri: try mirror.required("uri").text("mirror URI", allowed: AptSource.uriRule, AptSource.isValidURI),
            suites: try mirror.required("suites").list("suites") {
                try $0.text("suite", allowed: Self.wordRule, Self.isWord)
            },
            components: try mirror["components"].map(components),
            keys: try mirror["keys"]?.list("keys", key) ?? [])
    }

    func components(_ value: YAMLValue) throws -> [String] {
        let all = try value.list("components", component)
        guard !all.isEmpty else { throw value.error("components must name at least one") }
        return all
    }

    private func component(_ value: YAMLValue) throws -> String {
        try value.text("component", allowed: "such as main, contrib, non-free, non-free-firmware", Self.isWord)
    }

    func package(_ value: YAMLValue) throws -> String {
        switch family {
        case .apt:
            try value.text("package name", allowed: "a Debian package name, with =VERSION or /SUITE if wanted") {
                name in
                RecipeText.begins(name, RecipeText.lower + RecipeText.digits) && RecipeText.holdsOnly(name, "+.-:=/~_")
            }
        case .dnf:
            try value.text("package name", allowed: "such as vim-minimal, kernel-5.14.0, glibc.i686, @core") { name in
                RecipeText.begins(name, RecipeText.letters + RecipeText.digits + "@")
                    && RecipeText.holdsOnly(name, "+.-:=~^_@")
            }
        case .zypper:
            try value.text("package name", allowed: "such as vim-small, kernel-default=6.4, pattern:base") { name in
                RecipeText.begins(name, RecipeText.letters + RecipeText.digits)
                    && RecipeText.holdsOnly(name, "+.-:=~^_")
            }
        case .apk:
            try value.text("package name", allowed: "such as openssh-server, linux-lts=6.12.1-r0, nano>8") { name in
                RecipeText.begins(name, RecipeText.letters + RecipeText.digits + "_")
                    && RecipeText.holdsOnly(name, "+.-:=~_<>@")
            }
        }
    }

    func service(_ value: YAMLValue) throws -> String {
        let rule = family == .apk ? "such as sshd, networking" : "such as ssh, getty@tty1.service"
        return try value.text(family == .apk ? "service name" : "unit name", allowed: rule) { name in
            RecipeText.begins(name, RecipeText.letters + RecipeText.digits) && RecipeText.holdsOnly(name, "@._:-\\")
        }
    }

    func locale(_ value: YAMLValue) throws -> String {
        try value.text("locale", allowed: "such as C.UTF-8, en_GB.UTF-8") { text in
            RecipeText.begins(text, RecipeText.letters) && RecipeText.holdsOnly(text, "._@-")
        }
    }

    func files(_ value: YAMLValue) throws -> [Recipe.File] {
        let files = try value.list("files", file)
        var paths: Set<String> = []
        for file in files where !paths.insert(file.path).inserted {
            throw value.error("the file \(file.path) stands here more than once")
        }
        return files
    }

    private func file(_ value: YAMLValue) throws -> Recipe.File {
        let fields = try value.mapping("a file", keys: ["path", "mode", "content"])
        let place = try fields.required("path")
        let path = try place.text(
            "path of a file", allowed: "an absolute path without '.', '..' or '//'", RecipeText.isAbsolutePath)
        guard MachineContent.treatment(of: String(path.dropFirst())) == .keep else {
            throw place.error("\(path) is particular to one machine, so an image cannot hold it")
        }
        let header = TarHeader(path: ".\(path)", permissions: 0, modificationTime: 0, kind: .file)
        guard (try? header.encode()) != nil else {
            throw place.error("the path \(path) is too long", allowed: "names of at most 100 octets, 250 in all")
        }
        let content = try fields.required("content")
        guard let text = content.plainText else { throw content.error("content must be a text") }
        return Recipe.File(path: path, permissions: try fields["mode"].map(permissions) ?? 0o644, content: text)
    }

    private func permissions(_ value: YAMLValue) throws -> UInt16 {
        let text = try value.text("mode", allowed: "three or four octal digits, such as 0644") { text in
            (3...4).contains(text.utf8.count) && UInt16(text, radix: 8) != nil
        }
        return UInt16(text, radix: 8) ?? 0o644
    }

    static func isWord(_ text: String) -> Bool {
        RecipeText.begins(text, RecipeText.lower + RecipeText.digits) && RecipeText.holdsOnly(text, ".-/")
    }
}
