extension AttributeDefinition {
    /// Muster's attributes. Where Confluent has one for the same purpose, it has the same name.
    static let standard: [AttributeDefinition] =
        membership + identity + network + services + deployment + access + management + location + own

    private static let membership = [
        AttributeDefinition(
            "groups", .list(of: .name),
            "The groups that the node is in. An attribute that the node does not have itself comes from the first of "
                + "them that has it.",
            example: "compute,rack1", isForGroups: false),
        AttributeDefinition(
            "type", .enumeration(["server", "switch"]), "What kind of device it is.", example: "server",
            default: "server"),
    ]

    private static let identity = [
        AttributeDefinition(
            "id.uuid", .uuid, "The UUID of the machine's firmware. No two nodes have the same.",
            example: "4c4c4544-0042-3510-8056-b7c04f4b3332", isForGroups: false, index: .uuid),
        AttributeDefinition(
            "id.serial", .string, "The serial number of the machine.", example: "J301DZ3A", isForGroups: false,
            index: .serial),
        AttributeDefinition(
            "id.model", .string, "The model of the machine.", example: "7D2V"),
    ]

    private static let services = [
        AttributeDefinition(
            "dns.servers", .list(of: .ipv4Address), "The name servers that the node asks.",
            example: "10.1.0.1,10.1.0.2"),
        AttributeDefinition(
            "dns.domain", .name, "The domain of the node: its full name is the node's name, a dot and this.",
            example: "cluster.example"),
        AttributeDefinition(
            "ntp.servers", .list(of: .name), "The time servers that the node asks.", example: "10.1.0.1"),
        AttributeDefinition(
            "time.zone", .timeZone, "The time zone of the node.", example: "Europe/Berlin", default: "UTC"),
        AttributeDefinition(
            "locale", .locale, "The language of the installed system.", example: "en_US.UTF-8",
            default: "C.UTF-8"),
        AttributeDefinition("keyboard", .keyboard, "The layout of the keyboard.", example: "de", default: "us"),
    ]

    private static let deployment = [
        AttributeDefinition(
            "deployment.rearm", .enumeration(["boot", "never"]),
            "When a node that was deployed gets a new key: `boot` each time it boots over the network, which revokes "
                + "the key before; `never` only by a new deployment. Unset: `boot` for images that run from RAM and for "
                + "installations that were broken off, `never` for a system that lies on its disk.",
            example: "never"),
        AttributeDefinition(
            "deployment.disk", .diskRule,
            "Which disk the method `installtodisk` writes to, or a tethered root with `fill: disk`. The terms, joined "
                + "with commas, must all hold: `smallest` or `largest` of those that are left, part of the `model=`, the "
                + "`serial=`, `size>=` and `size<=` with M, G or T, `bus=` (nvme, sata, scsi, virtio, usb, mmc), "
                + "`path=/dev/disk/by-path/…`. A disk that is in use, read-only or too small is never taken, a removable "
                + "one only by serial or path, one at USB only when it is asked for. Unset: the one that Muster has "
                + "written for the same purpose, else the smallest.",
            example: "bus=nvme,size>=400G,smallest"),
        AttributeDefinition(
            "deployment.disk_wipe", .boolean,
            "Whether an installation may overwrite a disk with partitions or a file system that Muster did not make, and a "
                + "tethered root with `fill: disk` also a system that Muster installed.",
            example: "true", default: "false"),
    ]

    private static let access = [
        AttributeDefinition(
            "trust.root_keys", .list(of: .sshPublicKey), "SSH public keys that may log in as root.",
            example: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVq admin"),
        AttributeDefinition(
            "crypted.rootpassword", .passwordHash,
            "The hash of root's password. Unset: no login with a password.", example: "$y$j9T$c2FsdA$0123456789abcdef"),
    ]

    private static let management = [
        AttributeDefinition(
            "hardwaremanagement.manager", .string, "The address of the management controller.",
            example: "{node}-bmc"),
        AttributeDefinition(
            "hardwaremanagement.method", .enumeration(["redfish", "ipmi", "lab"]),
            "How power and boot device are set.", example: "redfish"),
        AttributeDefinition(
            "secret.hardwaremanagementuser", .string, "The account at the management controller.", example: "admin"),
        AttributeDefinition(
            "secret.hardwaremanagementpassword", .secret, "The password at the management controller.",
            example: "correct horse"),
        AttributeDefinition(
            "console.method", .enumeration(["redfish", "ipmi", "lab", "none"]), "How the serial console is reached.",
            example: "ipmi"),
    ]

    private static let location = [
        AttributeDefinition("location.room", .string, "The room.", example: "B2"),
        AttributeDefinition("location.row", .string, "The row within the room.", example: "4"),
        AttributeDefinition("location.rack", .string, "The rack.", example: "rack{(n1-1)/42+1}"),
        AttributeDefinition("location.u", .integer(0...100), "The lowest height unit.", example: "{(n1-1)%42+1}"),
        AttributeDefinition("location.height", .integer(1...100), "How many height units.", example: "1"),
    ]

    private static let own = [
        AttributeDefinition("info.note", .string, "A note for people. Nothing reads it.", example: "fan replaced"),
        AttributeDefinition(
            "custom.<name>", .string, "Attributes of the site's own, for scripts, templates and expressions.",
            example: "blue"),
    ]
}
