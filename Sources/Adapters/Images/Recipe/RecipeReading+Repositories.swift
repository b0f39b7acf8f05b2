import LinuxSystem
import MusterBase
import StrictYAML

extension RecipeReading {
    func repositories(_ value: YAMLValue) throws -> [Recipe.Repository] {
        let all = try value.list("repositories", repository)
        guard !all.isEmpty else { throw value.error("repositories must name at least one") }
        var names: Set<String> = []
        for one in all where !names.insert(one.name).inserted {
            throw value.error("the repository '\(one.name)' stands here more than once")
        }
        return all
    }

    private func repository(_ value: YAMLValue) throws -> Recipe.Repository {
        let lists = family == .dnf ? ["mirrorlist", "metalink"] : []
        let signed = family == .apk ? [] : ["signed_index"]
        let fields = try value.mapping("a repository", keys: ["name", "baseurl"] + lists + ["keys"] + signed)
        let keys = try fields.required("keys")
        let found = try keys.list("keys", key)
        // Whoever wants none does not want to know what runs on their machines.
        guard !found.isEmpty else { throw keys.error("a repository needs a key: its packages' signatures are checked") }
        return Recipe.Repository(
            name: try fields.required("name").text(
                "repository name", allowed: "letters, digits, '.', '_', '-', first a letter or digit"
            ) {
                RecipeText.begins($0, RecipeText.letters + RecipeText.digits) && RecipeText.holdsOnly($0, "._-")
                    && $0 != "main"
            },
            address: try address(fields, value, lists), keys: found,
            isIndexSigned: try fields["signed_index"]?.bool("signed_index") ?? false)
    }

    private func address(
        _ fields: YAMLMapping, _ value: YAMLValue, _ lists: [String]
    ) throws -> Recipe.Repository.Address {
        let given = (["baseurl"] + lists).filter { fields[$0] != nil }
        guard given.count == 1, let kind = given.first else {
            let allowed = (["baseurl"] + lists).joined(separator: ", ")
            throw value.error(
                given.isEmpty ? "a repository lacks an address" : "a repository has one address", allowed: allowed)
        }
        let text = try fields.required(kind).text(kind, allowed: AptSource.uriRule, AptSource.isValidURI)
        return switch kind {
        case "mirrorlist": .mirrorList(text)
        case "metalink": .metalink(text)
        default: .base(text)
        }
    }

    /// A key, by exactly one of the ways to name it.
    func key(_ value: YAMLValue) throws -> Recipe.Key {
        let ways = family == .dnf || family == .zypper ? ["content", "file", "url"] : ["content", "file"]
        let fields = try value.mapping("a key", keys: ways + (family == .apk ? ["name"] : []))
        let given = ways.filter { fields[$0] != nil }
        guard given.count == 1, let way = given.first else {
            throw value.error("a key is named in one way", allowed: ways.joined(separator: ", "))
        }
        let place = try fields.required(way)
        switch way {
        case "file":
            let path = try place.text("path of a key", allowed: "a path, absolute or from the recipe's directory") {
                !$0.utf8.contains { $0 < 0x20 || $0 == 0x7F }
            }
            return .file(path.hasPrefix("/") ? path : "\(directory)/\(path)")
        case "url":
            // Whatever signs the packages must not itself come from anybody.
            return .url(
                try place.text("address of a key", allowed: "https://…, without blanks") {
                    $0.hasPrefix("https://") && AptSource.isValidURI($0)
                })
        default:
            return .content(try keyText(place), name: try keyName(fields, value))
        }
    }

    private func keyText(_ place: YAMLValue) throws -> String {
        let marks = family == .apk ? "-----BEGIN PUBLIC KEY-----" : "-----BEGIN PGP PUBLIC KEY BLOCK-----"
        let text = try place.text("content")
        guard text.hasPrefix(marks) else { throw place.error("this is no public key", allowed: "\(marks) …") }
        return text
    }

    private func keyName(_ fields: YAMLMapping, _ value: YAMLValue) throws -> String? {
        guard family == .apk else { return nil }
        // apk finds the key of a signature by its file's name.
        return try fields.required("name").text("name of a key", allowed: "as in /etc/apk/keys: NAME.rsa.pub") {
            $0.hasSuffix(".pub") && RecipeText.begins($0, RecipeText.letters + RecipeText.digits)
                && RecipeText.holdsOnly($0, "@._-")
        }
    }
}
