/// What is particular to a machine, in Kickstart.
struct AnacondaMachineLines {
    let machine: MachineAnswers
    let release: AnacondaRelease

    var text: String {
        var lines = KickstartLines()
        lines.add("url --url=", machine.validRepositoryURL)
        addPlace(to: &lines)
        for line in machine.networkLines(beginningWith: "network") { lines.add(line) }
        lines.add("network --hostname=", machine.fullName)
        if machine.validCrypt != nil {
            lines.add("rootpw --iscrypted ", machine.validCrypt)
        } else {
            lines.add("rootpw --lock")
        }
        addDisk(to: &lines)
        return lines.text
    }

    private func addPlace(to lines: inout KickstartLines) {
        // Anaconda wants a language; EL 7 has no locale `C.UTF-8`.
        lines.add("lang ", machine.validLanguage ?? "en_US.UTF-8")
        let layouts = machine.keyboardLayouts.map { layout in
            layout.variant.map { "'\(layout.layout) (\($0))'" } ?? "'\(layout.layout)'"
        }
        lines.add("keyboard --xlayouts=" + (layouts.isEmpty ? "'us'" : layouts.joined(separator: ",")))
        let zone = machine.validTimeZone ?? "Etc/UTC"
        let servers = machine.validNTPServers
        if release.hasTimeSource {
            lines.add("timezone \(zone) --utc")
            for server in servers { lines.add("timesource --ntp-server=\(server)") }
        } else {
            let sources = servers.isEmpty ? "" : " --ntpservers=\(servers.joined(separator: ","))"
            lines.add("timezone \(zone) --utc\(sources)")
        }
    }

    private func addDisk(to lines: inout KickstartLines) {
        guard let path = machine.validDisk else { return }
        // Of /dev/sda Anaconda wants `sda`, and of /dev/disk/by-id/… `disk/by-id/…`.
        let disk = path.hasPrefix("/dev/") ? String(path.dropFirst("/dev/".count)) : path
        lines.add("ignoredisk --only-use=\(disk)")
        let arguments = machine.validKernelArguments.joined(separator: " ")
        lines.add("bootloader --boot-drive=\(disk)" + (arguments.isEmpty ? "" : " --append=\"\(arguments)\""))
    }
}
