/// The script that does in a tree what a recipe asks for besides packages and files. The first command that fails ends
/// it, and with it the build. The shell names each of the recipe's own before it runs it.
package struct BuildScript {
    let recipe: Recipe

    package init(recipe: Recipe) { self.recipe = recipe }

    private var family: Recipe.Family { recipe.distribution.family }

    package var text: String {
        var lines = ["#!/bin/sh", "set -eu", "export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8"]
        if family == .apt, recipe.locale != "C.UTF-8" { lines.append("locale-gen") }
        if family == .dnf || family == .zypper { lines += moduleIndexes }
        for user in recipe.users { lines += add(user) }
        lines += services
        if !recipe.commands.isEmpty { lines += ["set -x"] + recipe.commands }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Kernel packages leave this to programs that the tree may not have, or that were told to do nothing.
    private var moduleIndexes: [String] {
        ["for d in /lib/modules/*; do if [ -d \"$d/kernel\" ]; then depmod \"${d##*/}\"; fi; done"]
    }

    private var services: [String] {
        if family == .apk {
            return recipe.enabledServices.map { "rc-update add \(Self.quoted($0)) default" }
                + recipe.disabledServices.map { "rc-update --all delete \(Self.quoted($0))" }
        }
        let (on, off) = (recipe.enabledServices, recipe.disabledServices)
        return (on.isEmpty ? [] : ["systemctl enable " + on.map(Self.quoted).joined(separator: " ")])
            + (off.isEmpty ? [] : ["systemctl disable " + off.map(Self.quoted).joined(separator: " ")])
    }

    private func add(_ user: Recipe.User) -> [String] {
        let (name, label) = (Self.quoted(user.name), Self.quoted(user.label ?? ""))
        let (home, shell) = (Self.quoted(user.home), Self.quoted(user.shell))
        if family == .apk {
            return [
                "addgroup -g \(user.number) \(name)",
                "adduser -D -u \(user.number) -G \(name) -g \(label) -h \(home) -s \(shell) \(name)",
                // busybox leaves the account without a password locked for SSH keys, too.
                "sed -i 's/^\(user.name):!:/\(user.name):*:/' /etc/shadow",
            ] + user.groups.map { "addgroup \(name) \(Self.quoted($0))" }
        }
        let groups = user.groups.isEmpty ? "" : " --groups \(Self.quoted(user.groups.joined(separator: ",")))"
        // SUSE's useradd makes no group of the user's own by itself.
        return [
            "groupadd --gid \(user.number) \(name)",
            "useradd --uid \(user.number) --gid \(user.number)\(groups) --comment \(label) --create-home "
                + "--home-dir \(home) --shell \(shell) \(name)",
        ]
    }

    /// As one word of the shell.
    static func quoted(_ word: String) -> String { "'\(word.replacing("'", with: "'\\''"))'" }
}
