import OSFamilies

extension Sample {
    static let debian: [Sample] = [
        Sample(
            source: "debian-12.5.0-amd64-netinst.iso",
            paths: [
                "install.amd/vmlinuz", "install.amd/initrd.gz", "install.amd/gtk/vmlinuz", "install.amd/xen/vmlinuz",
                "EFI/boot/bootx64.efi", "EFI/boot/grubx64.efi", "md5sum.txt", "debian", "dists/stable",
                "dists/bookworm/Release",
            ],
            texts: [
                ".disk/info":
                    "Debian GNU/Linux 12.5.0 \"Bookworm\" - Official amd64 NETINST with firmware 20240210-11:27"
            ],
            family: .debian, distribution: "debian", version: "12.5.0", variant: "netinst",
            name: "debian-12.5.0-netinst-amd64", kernel: "install.amd/vmlinuz",
            initramfs: ["install.amd/initrd.gz"],
            bootFiles: [BootFile(.shim, "EFI/boot/bootx64.efi"), BootFile(.grub, "EFI/boot/grubx64.efi")]),
        Sample(
            source: "debian-13.1.0-arm64-DVD-1.iso",
            paths: ["install.a64/vmlinuz", "install.a64/initrd.gz", "md5sum.txt", "EFI/boot/bootaa64.efi"],
            texts: [
                ".disk/info":
                    "Debian GNU/Linux 13.1.0 \"Trixie\" - Official arm64 DVD Binary-1 with firmware 20250906-10:22"
            ],
            family: .debian, distribution: "debian", version: "13.1.0", architecture: "aarch64", variant: "dvd",
            name: "debian-13.1.0-dvd-arm64", kernel: "install.a64/vmlinuz", initramfs: ["install.a64/initrd.gz"],
            bootFiles: [BootFile(.shim, "EFI/boot/bootaa64.efi")]),
        // netboot.tar.gz
        Sample(
            source: "netboot.tar.gz",
            paths: [
                "pxelinux.0", "pxelinux.cfg", "ldlinux.c32", "debian-installer/amd64/linux",
                "debian-installer/amd64/initrd.gz", "debian-installer/amd64/bootnetx64.efi",
                "debian-installer/amd64/grubx64.efi", "debian-installer/amd64/pxelinux.0",
            ],
            texts: ["version.info": "Debian version:  13 (trixie)\nInstaller build: 20250803+deb13u1\n"],
            family: .debian, distribution: "debian", version: "13", variant: "netboot",
            name: "debian-13-netboot-amd64", kernel: "debian-installer/amd64/linux",
            initramfs: ["debian-installer/amd64/initrd.gz"],
            bootFiles: [
                BootFile(.shim, "debian-installer/amd64/bootnetx64.efi"),
                BootFile(.grub, "debian-installer/amd64/grubx64.efi"),
            ]),
        // The package debian-installer-12-netboot-ppc64el, with both installers.
        Sample(
            source: "ppc64el",
            paths: ["gtk", "text"].flatMap {
                ["\($0)/debian-installer/ppc64el/vmlinux", "\($0)/debian-installer/ppc64el/initrd.gz"]
            },
            texts: [
                "gtk/version.info": "Debian version:  12 (bookworm)\n",
                "text/version.info": "Debian version:  12 (bookworm)\n",
            ],
            family: .debian, distribution: "debian", version: "12", architecture: "ppc64le", variant: "netboot",
            name: "debian-12-netboot-ppc64el", kernel: "text/debian-installer/ppc64el/vmlinux",
            initramfs: ["text/debian-installer/ppc64el/initrd.gz"]),
    ]

    static let ubuntu: [Sample] = [
        Sample(
            source: "ubuntu-22.04.4-live-server-amd64.iso",
            paths: [
                "casper/vmlinuz", "casper/initrd", "casper/hwe-vmlinuz", "EFI/boot/bootx64.efi",
                "EFI/boot/grubx64.efi", "md5sum.txt", "dists/jammy/Release", "dists/jammy/Release.gpg",
            ],
            texts: [".disk/info": "Ubuntu-Server 22.04.4 LTS \"Jammy Jellyfish\" - Release amd64 (20240216.1)"],
            family: .ubuntu, distribution: "ubuntu", version: "22.04.4", variant: "live-server",
            name: "ubuntu-22.04.4-live-server-amd64", kernel: "casper/vmlinuz", initramfs: ["casper/initrd"],
            bootFiles: [BootFile(.shim, "EFI/boot/bootx64.efi"), BootFile(.grub, "EFI/boot/grubx64.efi")]),
        Sample(
            source: "ubuntu-26.04-live-server-arm64.iso", paths: ["casper/vmlinuz", "casper/initrd"],
            texts: [".disk/info": "Ubuntu-Server 26.04 LTS \"Resolute Raccoon\" - Release arm64 (20260423)\n"],
            family: .ubuntu, distribution: "ubuntu", version: "26.04", architecture: "aarch64", variant: "live-server",
            name: "ubuntu-26.04-live-server-arm64", kernel: "casper/vmlinuz", initramfs: ["casper/initrd"]),
        Sample(
            source: "ubuntu-20.04.1-legacy-server-amd64.iso",
            paths: ["install/vmlinuz", "install/initrd.gz"],
            texts: [".disk/info": "Ubuntu-Server 20.04.1 LTS \"Focal Fossa\" - Release amd64 (20200805)"],
            family: .ubuntu, distribution: "ubuntu", version: "20.04.1", variant: "server",
            name: "ubuntu-20.04.1-server-amd64", kernel: "install/vmlinuz", initramfs: ["install/initrd.gz"]),
        Sample(
            source: "ubuntu-24.04.1-netboot-amd64.tar.gz",
            paths: ["amd64/linux", "amd64/initrd", "amd64/bootx64.efi", "amd64/grubx64.efi", "amd64/pxelinux.0"],
            texts: [
                "amd64/grub/grub.cfg":
                    "linux linux iso-url=https://releases.ubuntu.com/24.04.1/ubuntu-24.04.1-live-server-amd64.iso ip=dhcp"
            ],
            family: .ubuntu, distribution: "ubuntu", version: "24.04.1", variant: "netboot",
            name: "ubuntu-24.04.1-netboot-amd64", kernel: "amd64/linux", initramfs: ["amd64/initrd"],
            bootFiles: [BootFile(.shim, "amd64/bootx64.efi"), BootFile(.grub, "amd64/grubx64.efi")]),
    ]
}
