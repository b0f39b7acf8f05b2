import MusterBase
import StrictYAML

extension RecipeReading {
    func users(_ value: YAMLValue) throws -> [Recipe.User] {
        let users = try value.list("users", user)
        var (names, numbers): (Set<String>, Set<UInt32>) = ([], [])
        for user in users {
            guard names.insert(user.name).inserted else {
                throw value.error("the user \(user.name) stands here more than once")
            }
            guard numbers.insert(user.number).inserted else {
                throw value.error("the uid \(user.number) stands here more than once")
            }
        }
        return users
    }

    private func user(_ value: YAMLValue) throws -> Recipe.User {
        let fields = try value.mapping("a user", keys: ["name", "uid", "groups", "shell", "home", "label", "ssh_keys"])
        let place = try fields.required("name")
        let name = try place.text("user name", allowed: Self.userRule, Self.isUserName)
        guard name != "root" else {
            throw place.error("root is in every system already, and gets its keys from the site")
        }
        let path = "an absolute path without '.', '..', '//' or ':'"
        return Recipe.User(
            name: name, number: UInt32(try fields.required("uid").integer("uid", in: 1...4_294_967_293)),
            groups: try fields["groups"]?.list("groups") {
                try $0.text("group", allowed: Self.userRule, Self.isUserName)
            } ?? [],
            shell: try fields["shell"]?.text("shell", allowed: path, Self.isAccountPath)
                ?? (family == .apk ? "/bin/sh" : "/bin/bash"),
            home: try fields["home"]?.text("home", allowed: path, Self.isAccountPath) ?? "/home/\(name)",
            label: try fields["label"]?.text("label of a user", allowed: "one line without ':'") {
                !$0.utf8.contains { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: ":") }
            },
            sshKeys: try fields["ssh_keys"]?.list("ssh_keys", sshKey) ?? [])
    }

    private static let userRule = "lower-case letters, digits, '_', '-', at most 32, first a letter or '_'"

    private static func isUserName(_ text: String) -> Bool {
        text.utf8.count <= 32 && RecipeText.begins(text, RecipeText.lower + "_")
            && text.allSatisfy { $0.isLowercase || !$0.isLetter }
            && RecipeText.holdsOnly(text, "_-")
    }

    private static func isAccountPath(_ text: String) -> Bool { RecipeText.isAbsolutePath(text) && !text.contains(":") }

    /// A line of authorized_keys without options: those would say what the key may do, and belong to a file.
    private func sshKey(_ value: YAMLValue) throws -> String {
        try value.text("public SSH key", allowed: "as in authorized_keys: ssh-ed25519 AAAA… comment") { text in
            let words = text.split(separator: " ")
            return words.count >= 2 && !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
                && ["ssh-", "ecdsa-", "sk-"].contains { words[0].hasPrefix($0) } && words[1].hasPrefix("AAAA")
                && RecipeText.holdsOnly(String(words[1]), "+/=")
        }
    }
}

/// What texts in a recipe may be made of.
enum RecipeText {
    static let lower = "abcdefghijklmnopqrstuvwxyz"
    static let letters = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    static let digits = "0123456789"

    static func begins(_ text: String, _ allowed: String) -> Bool { text.first.map(allowed.contains) ?? false }

    /// Letters, digits and the characters given.
    static func holdsOnly(_ text: String, _ others: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                || others.unicodeScalars.contains(scalar)
        }
    }

    static func isAbsolutePath(_ path: String) -> Bool {
        guard path.hasPrefix("/"), !path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return false }
        return path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }
}
