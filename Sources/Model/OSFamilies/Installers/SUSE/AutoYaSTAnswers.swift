import MusterBase

/// The profile's AutoYaST file with a machine's own sections in it, in the place of the profile's.
struct AutoYaSTAnswers {
    let machine: MachineAnswers

    func text(joinedTo profile: String) throws(MusterError) -> String {
        var document = try XMLDocument(profile, in: "autoinst.xml")
        guard document.root.name == "profile" else {
            throw MusterError(.malformed, "autoinst.xml is no profile of AutoYaST, but <\(document.root.name)>")
        }
        for section in place + [users, bootLoader, try network()] { document.root.set(section) }
        if !machine.validNTPServers.isEmpty { document.root.set(time) }
        if let address = machine.validRepositoryURL { setAddresses(address, in: &document.root) }
        if let disk = machine.validDisk { setDisk(disk, in: &document.root) }
        addHooks(to: &document.root)
        return document.text
    }

    private var place: [XMLElement] {
        // YaST's languages have no encoding in their names.
        let language = machine.validLanguage.map { String($0.prefix { $0 != "." && $0 != "@" }) } ?? "en_US"
        return [
            XMLElement("language", [XMLElement("language", text: language)]),
            XMLElement(
                "keyboard", [XMLElement("keymap", text: machine.keyboardLayouts.first?.layout ?? "us")]),
            XMLElement(
                "timezone",
                [
                    XMLElement("hwclock", text: "UTC"),
                    XMLElement("timezone", text: machine.validTimeZone ?? "Etc/UTC"),
                ]),
        ]
    }

    private var time: XMLElement {
        let servers = machine.validNTPServers.map { server in
            XMLElement(
                "ntp_server",
                [
                    XMLElement("address", text: server), XMLElement("iburst", type: "boolean", text: "true"),
                    XMLElement("offline", type: "boolean", text: "false"),
                ])
        }
        return XMLElement(
            "ntp-client",
            [
                XMLElement("ntp_policy", text: ""), XMLElement(list: "ntp_servers", servers),
                XMLElement("ntp_sync", text: "systemd"),
            ])
    }

    /// `!` is the hash of no password.
    private var users: XMLElement {
        var root = XMLElement(
            "user",
            [
                XMLElement("username", text: "root"),
                XMLElement("user_password", text: machine.validCrypt ?? "!"),
                XMLElement("encrypted", type: "boolean", text: "true"),
            ])
        if !machine.validKeys.isEmpty {
            let keys = machine.validKeys.map { XMLElement("listentry", text: $0) }
            root.append(XMLElement(list: "authorized_keys", keys))
        }
        return XMLElement(list: "users", [root])
    }

    private var bootLoader: XMLElement {
        XMLElement(
            "bootloader",
            [
                XMLElement(
                    "global", [XMLElement("append", text: machine.validKernelArguments.joined(separator: " "))])
            ])
    }

    private func network() throws(MusterError) -> XMLElement {
        var network: XMLElement
        if machine.network.isEmpty {
            network = XMLElement("networking", [XMLElement("keep_install_network", type: "boolean", text: "true")])
        } else {
            network = try XMLDocument(machine.network, in: "the machine's network").root
        }
        var names = network["dns"] ?? XMLElement("dns")
        if let name = machine.validHostname { names.set(XMLElement("hostname", text: name)) }
        if let domain = machine.validDomain { names.set(XMLElement("domain", text: domain)) }
        if !names.children.isEmpty { network.set(names) }
        return network
    }

    private func setAddresses(_ address: String, in root: inout XMLElement) {
        root.changeAll("media_url") { element in
            let lead = "relurl://"
            guard element.rawText.hasPrefix(lead) else { return }
            let path = element.rawText.dropFirst(lead.count).drop { $0 == "/" }
            element.children = [.raw(XMLElement.escaped("\(address)/") + path)]
        }
    }

    /// The first drive that says of no device that it is meant.
    private func setDisk(_ disk: String, in root: inout XMLElement) {
        if root["partitioning"] == nil {
            root.append(
                XMLElement(
                    list: "partitioning",
                    [
                        XMLElement(
                            "drive",
                            [XMLElement("initialize", type: "boolean", text: "true"), XMLElement("use", text: "all")])
                    ]))
        }
        root.change("partitioning") { partitioning in
            partitioning.change("drive", where: { $0["device"] == nil }) { drive in
                drive.prepend(XMLElement("device", text: disk))
            }
        }
    }

    /// The disk is asked for once: what is read then has no such script any more.
    private func addHooks(to root: inout XMLElement) {
        if root["scripts"] == nil { root.append(XMLElement("scripts")) }
        root.change("scripts") { scripts in
            if machine.validDisk == nil {
                if scripts["pre-scripts"] == nil { scripts.prepend(XMLElement(list: "pre-scripts", [])) }
                scripts.change("pre-scripts") { $0.prepend(script(.disk)) }
            }
            if scripts["chroot-scripts"] == nil { scripts.append(XMLElement(list: "chroot-scripts", [])) }
            scripts.change("chroot-scripts") { $0.append(script(.finish)) }
        }
    }

    /// A `chroot-script` that is not chrooted runs in the installer, with the target at /mnt.
    private func script(_ hook: InstallerHook) -> XMLElement {
        var script = XMLElement(
            "script",
            [
                XMLElement("filename", text: "muster-\(hook.rawValue).sh"), XMLElement("interpreter", text: "shell"),
                XMLElement("source", text: "#!/bin/sh\n\(machine.hookLine(hook))\n"),
            ])
        if hook == .finish { script.append(XMLElement("chrooted", type: "boolean", text: "false")) }
        return script
    }
}
