import DiskFormats

/// How debian-installer comes to the agent: by its own directories of scripts.
enum DebianInstallerHooks {
    private static let agent = AddonsArchive.agentPath

    /// Without the directories above them: `lib` is a link in some versions and a directory in others, and an entry for it
    /// would make it the one or the other.
    static let all = [
        // Before S30initrd-preseed, which takes the answers in. It begins again when it cannot: an installer without answers
        // would ask for them on the console.
        script(
            "lib/debian-installer-startup.d/S29muster",
            """
            (\(agent) installer </dev/null >/dev/null 2>&1 &)
            until \(agent) installer-hook prepare; do sleep 30; done
            """),
        // For partman/early_command.
        script(
            "usr/lib/muster/debian-disk",
            """
            set -e
            disk=$(\(agent) installer-hook disk)
            debconf-set partman-auto/disk "$disk"
            debconf-set grub-installer/bootdev "$disk"
            """),
        .directory("usr/lib/finish-install.d"),
        // Behind what writes the network's files (55netcfg-copy-config), before the target is unmounted (95umount).
        script("usr/lib/finish-install.d/93muster", "exec \(agent) installer-hook finish"),
    ]

    private static func script(_ path: String, _ text: String) -> CpioEntry {
        .file(path, Array("#!/bin/sh\n# From Muster's addons.cpio.\n\(text)\n".utf8), permissions: 0o755)
    }
}
