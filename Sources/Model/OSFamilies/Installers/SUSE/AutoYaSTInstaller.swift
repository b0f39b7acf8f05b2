import MusterBase

/// YaST, to SUSE Linux Enterprise and Leap 15, by AutoYaST (SUSE's "AutoYaST Guide").
///
/// linuxrc, the first program of the initramfs, takes the address of the file from `autoyast=`. AutoYaST reads
/// `/tmp/profile/modified.xml` in its place when a script of `pre-scripts` wrote that: by then the disk is chosen.
public struct AutoYaSTInstaller: MachineInstaller {
    public init() {}

    public let answerFile = "autoinst.xml"

    /// In the root of the initramfs, which stays the installer's.
    public static let answersPath = "/muster-autoinst.xml"
    public static let changedPath = "/tmp/profile/modified.xml"

    public func kernelArguments(for system: InstalledSystem, consoles: [String]) -> [String] {
        ["autoyast=file://\(Self.answersPath)", "textmode=1", "plymouth.enable=0", "self_update=0"]
            + consoles.map { "console=\($0)" }
    }

    public func files(
        for machine: MachineAnswers, of system: InstalledSystem, profile: String
    ) throws(MusterError) -> [AnswerFile] {
        let text = try AutoYaSTAnswers(machine: machine).text(joinedTo: profile)
        return machine.validDisk == nil
            ? [AnswerFile(.start, Self.answersPath, text)] : [AnswerFile(.disk, Self.changedPath, text)]
    }

    public func defaultAnswers(for system: InstalledSystem, variant: ProfileVariant) -> String {
        let isLeap = system.distribution == "opensuse-leap"
        let root = XMLElement(
            "profile",
            attributes: " xmlns=\"http://www.suse.com/1.0/yast2ns\" xmlns:config=\"http://www.suse.com/1.0/configns\"",
            [general, report] + (isLeap ? [] : [modules(variant)])
                + [software(isLeap, variant), partitions, firewall, services])
        return """
            <?xml version="1.0"?>
            <!DOCTYPE profile>
            <!-- Answers for AutoYaST, the same for every machine of this profile. This file is yours to edit; SUSE's "AutoYaST
                 Guide" describes the sections. What is particular to a machine (networking, timezone, language, keyboard,
                 ntp-client, root, boot loader arguments, the disk, the address of the packages) is added from its
                 attributes, and prevails. -->
            \(root.text())

            """
    }

    /// All in one stage: the machine is ready when it starts from its disk.
    private var general: XMLElement {
        XMLElement(
            "general",
            [
                XMLElement(
                    "mode",
                    [
                        XMLElement("confirm", type: "boolean", text: "false"),
                        XMLElement("final_reboot", type: "boolean", text: "false"),
                        XMLElement("second_stage", type: "boolean", text: "false"),
                    ])
            ])
    }

    /// Errors stay on the screen; the rest goes on by itself.
    private var report: XMLElement {
        XMLElement(
            "report",
            ["messages", "warnings"].map { name in
                XMLElement(
                    name,
                    [
                        XMLElement("log", type: "boolean", text: "true"),
                        XMLElement("show", type: "boolean", text: "true"),
                        XMLElement("timeout", type: "integer", text: "10"),
                    ])
            })
    }

    /// SUSE Linux Enterprise is made of modules. `relurl://` is below the address of the packages.
    private func modules(_ variant: ProfileVariant) -> XMLElement {
        var names = ["Basesystem", "Server-Applications"]
        if variant == .hpc { names.append("Development-Tools") }
        let entries = names.map { name in
            XMLElement(
                "listentry",
                [
                    XMLElement("media_url", text: "relurl://Module-\(name)"),
                    XMLElement("product", text: "sle-module-\(name.lowercased())"),
                    XMLElement("product_dir", text: "/"),
                ])
        }
        return XMLElement("add-on", [XMLElement(list: "add_on_products", entries)])
    }

    private func software(_ isLeap: Bool, _ variant: ProfileVariant) -> XMLElement {
        let patterns =
            switch variant {
            case .standard: ["base", "enhanced_base"]
            case .minimal: ["minimal_base"]
            case .hpc: ["minimal_base", "devel_basis"]
            }
        let own = ["gcc", "gcc-c++", "gcc-fortran", "make", "git-core", "hwloc", "numactl", "rdma-core", "nfs-client"]
        let packages = ["openssh", "firewalld"] + (variant == .hpc ? own : [])
        return XMLElement(
            "software",
            [
                XMLElement(list: "products", [XMLElement("product", text: isLeap ? "Leap" : "SLES")]),
                XMLElement("install_recommended", type: "boolean", text: "\(variant == .standard)"),
                XMLElement(list: "patterns", patterns.map { XMLElement("pattern", text: $0) }),
                XMLElement(list: "packages", packages.map { XMLElement("package", text: $0) }),
            ])
    }

    /// The whole disk, as the distribution lays it out.
    private var partitions: XMLElement {
        XMLElement(
            list: "partitioning",
            [
                XMLElement(
                    "drive",
                    [
                        XMLElement("initialize", type: "boolean", text: "true"),
                        XMLElement("use", text: "all"),
                    ])
            ])
    }

    private var firewall: XMLElement {
        XMLElement(
            "firewall",
            [
                XMLElement("enable_firewall", type: "boolean", text: "true"),
                XMLElement("start_firewall", type: "boolean", text: "true"),
                XMLElement("default_zone", text: "public"),
                XMLElement(
                    list: "zones",
                    [
                        XMLElement(
                            "zone",
                            [
                                XMLElement("name", text: "public"),
                                XMLElement(
                                    list: "services",
                                    ["dhcpv6-client", "ssh"].map { XMLElement("service", text: $0) }),
                            ])
                    ]),
            ])
    }

    private var services: XMLElement {
        XMLElement(
            "services-manager",
            [XMLElement("services", [XMLElement(list: "enable", [XMLElement("service", text: "sshd")])])])
    }
}
