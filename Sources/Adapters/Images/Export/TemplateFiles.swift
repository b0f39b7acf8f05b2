import DeploymentModel
import DiskFormats
import MusterBase

/// What is put into the tree of a machine that no Muster server helps: with it the machine comes up by itself, gets an
/// address, and makes its own keys. What the image brings for these things stays, and goes before.
package struct TemplateFiles {
    let listing: TreeListing
    /// The tree's own table of file systems; empty when there is none.
    let fileSystems: String
    let disk: TemplateDisk
    let boot: TemplateBoot

    private struct File {
        var path: String
        var text: String
    }

    private struct Link {
        var path: String
        var target: String
    }

    /// - Parameter fileSystems: the tree's own fstab.
    package init(listing: TreeListing, fileSystems: String, disk: TemplateDisk, boot: TemplateBoot) {
        self.listing = listing
        self.fileSystems = fileSystems
        self.disk = disk
        self.boot = boot
    }

    /// A tar archive to be unpacked over the tree.
    package func archive(date: Timestamp) throws -> [UInt8] {
        var files = [File(path: "etc/fstab", text: fstab)]
        var links: [Link] = []
        if let network = network {
            files += network.files
            links += network.links
        }
        if listing.has("usr/bin/ssh-keygen"), listing.has("usr/sbin/sshd") {
            files.append(File(path: "etc/systemd/system/muster-host-keys.service", text: Self.hostKeys))
            links.append(Self.wanted("muster-host-keys.service", in: "/etc/systemd/system"))
        }
        if listing.has("usr/bin/systemd-repart"), !listing.has("etc/repart.d/50-root.conf") {
            files.append(File(path: "etc/repart.d/50-root.conf", text: "[Partition]\nType=root\n"))
        }
        if let link = boot.initramfsLink { links.append(Link(path: link.path, target: link.target)) }
        files.append(File(path: "boot/grub/grub.cfg", text: boot.configuration))
        return try archive(files, links, date)
    }

    /// Directories that are not there yet come into being with the files, as root's and with mode 0755.
    private func archive(_ files: [File], _ links: [Link], _ date: Timestamp) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for file in files {
            let header = TarHeader(
                path: file.path, permissions: 0o644, modificationTime: date.seconds, kind: .file)
            bytes += try TarWriting.entry(header, Array(file.text.utf8))
        }
        for link in links where !listing.has(link.path) {
            let header = TarHeader(
                path: link.path, permissions: 0o777, modificationTime: date.seconds, kind: .symbolicLink,
                linkTarget: link.target)
            bytes += try TarWriting.entry(header)
        }
        return bytes + TarWriting.end
    }

    /// Root and EFI system partition, and what the image has besides.
    private var fstab: String {
        let others = FileSystemTable.lines(of: fileSystems, without: ["/", "/boot/efi"])
        let lines = [
            "PARTUUID=\(disk.root) / ext4 errors=remount-ro,x-systemd.growfs 0 1",
            "PARTUUID=\(disk.systemPartition) /boot/efi vfat umask=0077,nofail,x-systemd.automount 0 2",
        ]
        return (lines + others).joined(separator: "\n") + "\n"
    }

    /// Addresses by DHCP on every link of Ethernet; nil where the image has something that does so by itself.
    private var network: (files: [File], links: [Link])? {
        if listing.has("usr/bin/cloud-init") || listing.has("usr/sbin/NetworkManager") { return nil }
        let units = "usr/lib/systemd/system"
        guard listing.has("\(units)/systemd-networkd.service") else { return nil }
        var files = [File(path: "etc/systemd/network/99-muster-dhcp.network", text: Self.dhcp)]
        var links = [Self.wanted("systemd-networkd.service", in: "/\(units)")]
        if listing.has("\(units)/systemd-resolved.service") {
            links.append(Link(path: "etc/resolv.conf", target: "../run/systemd/resolve/stub-resolv.conf"))
        } else {
            files.append(File(path: "etc/systemd/system/muster-resolver.service", text: Self.resolver))
            files.append(File(path: "etc/systemd/system/muster-resolver.path", text: Self.resolverTrigger))
            for unit in ["muster-resolver.path", "muster-resolver.service"] {
                links.append(Self.wanted(unit, in: "/etc/systemd/system"))
            }
        }
        return (files, links)
    }

    private static func wanted(_ unit: String, in directory: String) -> Link {
        Link(path: "etc/systemd/system/multi-user.target.wants/\(unit)", target: "\(directory)/\(unit)")
    }

    /// The last of its directory, so that what the image says of a link is found before. Links of containers and bridges
    /// are not of hardware, and have a kind.
    private static let dhcp = """
        # For every link of Ethernet that no other file here is for.
        [Match]
        Type=ether
        Kind=!*

        [Network]
        DHCP=yes

        [DHCP]
        UseDomains=yes

        [DHCPv4]
        ClientIdentifier=mac

        """

    private static let hostKeys = """
        [Unit]
        Description=Make this machine's SSH host keys
        Before=ssh.service ssh.socket sshd.service
        ConditionPathExists=!/etc/ssh/ssh_host_ed25519_key
        # cloud-init makes them itself.
        ConditionPathExists=!/usr/bin/cloud-init

        [Service]
        Type=oneshot
        ExecStart=/usr/bin/ssh-keygen -A

        """

    /// systemd-networkd leaves name servers to systemd-resolved, which this image has not.
    private static let resolver = """
        [Unit]
        Description=Write the name servers that DHCP gave to /etc/resolv.conf
        # What changes while it looks makes it look again.
        After=muster-resolver.path
        ConditionPathExists=/run/systemd/netif/state

        [Service]
        Type=oneshot
        ExecStart=/bin/sh -c 'sed -n -e "/^DNS=/{s///;s/ /\\\\n/g;p}" /run/systemd/netif/state | sed "s/^/nameserver /" > \
        /etc/resolv.conf.new && mv /etc/resolv.conf.new /etc/resolv.conf'

        """

    private static let resolverTrigger = """
        [Unit]
        Description=Follow the name servers that DHCP gives

        [Path]
        PathChanged=/run/systemd/netif/state

        """
}
