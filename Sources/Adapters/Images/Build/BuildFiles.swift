import DiskFormats
import MusterBase

/// What a recipe puts into the tree besides packages, as a tar archive: its files, and a script that runs its commands.
enum BuildFiles {
    /// Path in the tree of the script, which is removed when it has run.
    static let script = "muster-recipe"
    /// Where the keys lie with which a recipe's users may log in: not in their homes, which no version holds keys of.
    static let userKeys = "etc/ssh/authorized_keys.d"

    static func archive(for recipe: Recipe, date: Timestamp) throws -> [UInt8] {
        var archive = Archive(date: date)
        for file in recipe.files { try archive.add(String(file.path.dropFirst()), file.permissions, file.content) }
        switch recipe.distribution.family {
        case .apt:
            if recipe.locale != "C.UTF-8" {
                try archive.add("etc/locale.gen", 0o644, "\(recipe.locale) \(charset(of: recipe.locale))\n")
            }
            try archive.add("etc/default/locale", 0o644, "LANG=\(recipe.locale)\n")
        case .dnf, .zypper: try archive.add("etc/locale.conf", 0o644, "LANG=\(recipe.locale)\n")
        case .apk: break
        }
        let keyed = recipe.users.filter { !$0.sshKeys.isEmpty }
        for user in keyed {
            try archive.add("\(userKeys)/\(user.name)", 0o644, user.sshKeys.map { "\($0)\n" }.joined())
        }
        if !keyed.isEmpty {
            try archive.add(
                "etc/ssh/sshd_config.d/50-muster-users.conf", 0o644,
                "AuthorizedKeysFile .ssh/authorized_keys /\(userKeys)/%u\n")
        }
        try archive.add(script, 0o700, BuildScript(recipe: recipe).text)
        return archive.finished
    }

    private static func charset(of locale: String) -> String {
        locale.split(separator: ".").dropFirst().first.map { String($0.prefix { $0 != "@" }) } ?? "ISO-8859-1"
    }

    private struct Archive {
        let date: Timestamp
        private var bytes: [UInt8] = []

        init(date: Timestamp) { self.date = date }

        var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 2 * TarHeader.length) }

        mutating func add(_ path: String, _ permissions: UInt16, _ text: String) throws {
            let content = Array(text.utf8)
            let header = TarHeader(
                path: path, permissions: permissions, size: UInt64(content.count), modificationTime: date.seconds,
                kind: .file)
            bytes += try header.encode() + content
            let rest = content.count % TarHeader.length
            bytes += [UInt8](repeating: 0, count: (TarHeader.length - rest) % TarHeader.length)
        }
    }
}
