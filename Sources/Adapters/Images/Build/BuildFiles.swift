import DiskFormats
import MusterBase

/// What a recipe puts into the tree besides packages, as a tar archive: its files, and a script that runs its commands.
enum BuildFiles {
    /// Path in the tree of the script, which is removed when it has run.
    static let script = "muster-recipe"

    static func archive(for recipe: Recipe, date: Timestamp) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for file in recipe.files {
            try append(String(file.path.dropFirst()), file.permissions, Array(file.content.utf8), date, to: &bytes)
        }
        if recipe.locale != "C.UTF-8" {
            let line = "\(recipe.locale) \(charset(of: recipe.locale))\n"
            try append("etc/locale.gen", 0o644, Array(line.utf8), date, to: &bytes)
        }
        try append("etc/default/locale", 0o644, Array("LANG=\(recipe.locale)\n".utf8), date, to: &bytes)
        try append(script, 0o700, Array(scriptText(for: recipe).utf8), date, to: &bytes)
        return bytes + [UInt8](repeating: 0, count: 2 * TarHeader.length)
    }

    /// The first command that fails ends the script, and with it the build. The shell names each before it runs it.
    static func scriptText(for recipe: Recipe) -> String {
        var lines = ["#!/bin/sh", "set -eu", "export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8"]
        if recipe.locale != "C.UTF-8" { lines.append("locale-gen") }
        if !recipe.enabledServices.isEmpty { lines.append("systemctl enable " + quoted(recipe.enabledServices)) }
        if !recipe.disabledServices.isEmpty { lines.append("systemctl disable " + quoted(recipe.disabledServices)) }
        if !recipe.commands.isEmpty { lines += ["set -x"] + recipe.commands }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quoted(_ words: [String]) -> String { words.map { "'\($0)'" }.joined(separator: " ") }

    private static func charset(of locale: String) -> String {
        locale.split(separator: ".").dropFirst().first.map { String($0.prefix { $0 != "@" }) } ?? "ISO-8859-1"
    }

    private static func append(
        _ path: String, _ permissions: UInt16, _ content: [UInt8], _ date: Timestamp,
        to bytes: inout [UInt8]
    ) throws {
        let header = TarHeader(
            path: path, permissions: permissions, size: UInt64(content.count), modificationTime: date.seconds,
            kind: .file)
        bytes += try header.encode() + content
        bytes += [UInt8](repeating: 0, count: (TarHeader.length - content.count % TarHeader.length) % TarHeader.length)
    }
}
