import OSFamilies

extension Sample {
    static let suse: [Sample] = [
        Sample(
            source: "openSUSE-Leap-15.6-DVD-x86_64-Media.iso",
            paths: [
                "boot/x86_64/loader/linux", "boot/x86_64/loader/initrd", "boot/x86_64/root", "EFI/BOOT/bootx64.efi",
                "EFI/BOOT/grub.efi", "CHECKSUMS", "CHECKSUMS.asc",
            ],
            texts: [
                "media.1/products": "/ openSUSE-Leap 15.6-1\n",
                "media.1/media": """
                openSUSE - openSUSE-Leap-15.6-DVD-x86_64-Build710.3-Media
                openSUSE-Leap-15.6-DVD-x86_64-Build710.3
                1

                """,
                // It has one, and is no Anaconda medium.
                ".treeinfo": treeinfo(family: "openSUSE Leap", version: "15.6"),
            ],
            family: .suse, distribution: "opensuse-leap", version: "15.6", variant: "dvd",
            name: "opensuse-leap-15.6-dvd-x86_64", kernel: "boot/x86_64/loader/linux",
            initramfs: ["boot/x86_64/loader/initrd"],
            bootFiles: [
                BootFile(.shim, "EFI/BOOT/bootx64.efi"), BootFile(.grub, "EFI/BOOT/grub.efi"),
                BootFile(.stage2, "boot/x86_64/root"),
            ]),
        Sample(
            source: "SLE-15-SP6-Full-aarch64-GM-Media1.iso",
            paths: ["boot/aarch64/linux", "boot/aarch64/initrd", "boot/aarch64/root"],
            texts: [
                "media.1/products":
                    "/ SLE 15.6-0\n/Module-Basesystem sle-module-basesystem 15.6-0\n/Product-SLES SLES 15.6-0\n",
                "media.1/media": """
                SUSE - SLE-15-SP6-Full-aarch64-Build709.1-Media
                SLE-15-SP6-Full-aarch64-Build709.1
                1

                """,
            ],
            family: .suse, distribution: "sles", version: "15.6", architecture: "aarch64", variant: "full",
            name: "sles-15.6-full-aarch64", kernel: "boot/aarch64/linux", initramfs: ["boot/aarch64/initrd"],
            bootFiles: [BootFile(.stage2, "boot/aarch64/root")]),
        Sample(
            source: "Leap-16.0-offline-installer-x86_64.install.iso", label: "Install-Leap-x86_64",
            paths: [
                "LiveOS/squashfs.img", "boot/x86_64/loader/linux", "boot/x86_64/loader/initrd",
                "EFI/BOOT/bootx64.efi", "EFI/BOOT/grub.efi", "install/repodata/repomd.xml",
                "install/x86_64/Leap-release-16.0-160000.2.x86_64.rpm",
            ],
            texts: ["boot/grub2/grub.cfg": "menuentry \"Install openSUSE Leap 16.0\" --class os {\n"],
            family: .suse, distribution: "opensuse-leap", version: "16.0", variant: "agama-offline",
            name: "opensuse-leap-16.0-agama-offline-x86_64", kernel: "boot/x86_64/loader/linux",
            initramfs: ["boot/x86_64/loader/initrd"],
            bootFiles: [
                BootFile(.shim, "EFI/BOOT/bootx64.efi"), BootFile(.grub, "EFI/BOOT/grub.efi"),
                BootFile(.rootfs, "LiveOS/squashfs.img"),
            ]),
        Sample(
            source: "SLES-16.0-Online-x86_64-GM.install.iso", label: "Install-SLES-16.0-x86_64",
            paths: ["LiveOS/squashfs.img", "boot/x86_64/loader/linux", "boot/x86_64/loader/initrd"],
            family: .suse, distribution: "sles", version: "16.0", variant: "agama",
            name: "sles-16.0-agama-x86_64", kernel: "boot/x86_64/loader/linux",
            initramfs: ["boot/x86_64/loader/initrd"], bootFiles: [BootFile(.rootfs, "LiveOS/squashfs.img")]),
        Sample(
            source: "agama-installer-Leap.x86_64-Leap-PXE.install.tar",
            paths: [
                "pxeboot.agama-installer-Leap.x86_64-16.0.0.initrd",
                "pxeboot.agama-installer-Leap.x86_64-16.0.0.kernel",
                "agama-installer-Leap.x86_64-16.0.0.xz",
            ],
            family: .suse, distribution: "opensuse-leap", version: "16.0.0", variant: "agama-netboot",
            name: "opensuse-leap-16.0.0-agama-netboot-x86_64",
            kernel: "pxeboot.agama-installer-Leap.x86_64-16.0.0.kernel",
            initramfs: ["pxeboot.agama-installer-Leap.x86_64-16.0.0.initrd"],
            bootFiles: [BootFile(.rootfs, "agama-installer-Leap.x86_64-16.0.0.xz")]),
    ]

    /// As ESXi's own; its real list of modules has over a hundred.
    static let bootConfiguration = """
        bootstate=0
        title=Loading ESXi installer
        timeout=5
        prefix=
        kernel=/b.b00
        kernelopt=runweasel cdromBoot
        modules=/jumpstrt.gz --- /useropts.gz --- /k.b00
        build=8.0.2-0.0.22380479
        updated=0

        """

    private static func coreOS(_ stem: String, separator: String, version: String) -> Sample {
        Sample(
            source: "fcos",
            paths: ["kernel\(separator)x86_64", "initramfs.x86_64.img", "rootfs.x86_64.img"].flatMap {
                ["\(stem)-live-\($0)", "\(stem)-live-\($0).sig"]
            },
            family: .fedoraCoreOS, distribution: "fedora-coreos", version: version, variant: "live-pxe",
            name: "fedora-coreos-\(version)-live-pxe-x86_64", kernel: "\(stem)-live-kernel\(separator)x86_64",
            initramfs: ["\(stem)-live-initramfs.x86_64.img"],
            bootFiles: [BootFile(.rootfs, "\(stem)-live-rootfs.x86_64.img")])
    }

    static let others: [Sample] = [
        Sample(
            source: "VMware-VMvisor-Installer-8.0U2-22380479.x86_64.iso",
            // ISO 9660 without extensions.
            paths: [
                "B.B00", "JUMPSTRT.GZ", "USEROPTS.GZ", "K.B00", "MBOOT.C32", "EFI/BOOT/BOOTX64.EFI",
                "EFI/BOOT/BOOT.CFG",
            ],
            texts: ["BOOT.CFG": bootConfiguration], family: .esxi, distribution: "esxi", version: "8.0.2",
            name: "esxi-8.0.2-0.0.22380479-x86_64", kernel: "B.B00",
            initramfs: ["JUMPSTRT.GZ", "USEROPTS.GZ", "K.B00"],
            bootFiles: [
                BootFile(.loaderConfiguration, "BOOT.CFG"), BootFile(.loaderConfiguration, "EFI/BOOT/BOOT.CFG"),
                BootFile(.loader, "EFI/BOOT/BOOTX64.EFI"), BootFile(.loader, "MBOOT.C32"),
            ]),
        coreOS("fedora-coreos-42.20250609.3.0", separator: ".", version: "42.20250609.3.0"),
        coreOS("fedora-coreos-40.20240616.3.0", separator: "-", version: "40.20240616.3.0"),
        Sample(
            source: "fedora-coreos-40.20240616.3.0-live.x86_64.iso", label: "fedora-coreos-40.20240616.3.0",
            paths: ["images/pxeboot/initrd.img", "images/pxeboot/rootfs.img", "EFI/fedora/grubx64.efi"],
            texts: [
                "coreos/kargs.json":
                    "{\"default\": \"coreos.liveiso=fedora-coreos-40.20240616.3.0 ignition.firstboot ignition.platform.id=metal\"}"
            ],
            heads: ["images/pxeboot/vmlinuz": x86Kernel], family: .fedoraCoreOS, distribution: "fedora-coreos",
            version: "40.20240616.3.0", variant: "live", name: "fedora-coreos-40.20240616.3.0-live-x86_64",
            kernel: "images/pxeboot/vmlinuz", initramfs: ["images/pxeboot/initrd.img"],
            bootFiles: [BootFile(.rootfs, "images/pxeboot/rootfs.img")]),
        Sample(
            source: "current",
            paths: ["flatcar_production_pxe_image.cpio.gz", "flatcar_production_pxe_image.cpio.gz.sig"],
            texts: ["version.txt": "FLATCAR_BUILD=3975\nFLATCAR_VERSION=3975.2.2\nFLATCAR_VERSION_ID=3975.2.2\n"],
            heads: ["flatcar_production_pxe.vmlinuz": armKernel], family: .flatcar, distribution: "flatcar",
            version: "3975.2.2", architecture: "aarch64", variant: "pxe", name: "flatcar-3975.2.2-pxe-aarch64",
            kernel: "flatcar_production_pxe.vmlinuz", initramfs: ["flatcar_production_pxe_image.cpio.gz"]),
        Sample(
            source: "alpine-standard-3.20.3-x86_64.iso",
            paths: [
                "boot/vmlinuz-lts", "boot/initramfs-lts", "boot/modloop-lts", "apks/x86_64/APKINDEX.tar.gz",
                "efi/boot/bootx64.efi",
            ],
            texts: [".alpine-release": "alpine-standard-3.20.3 240906\n"], family: .alpine, distribution: "alpine",
            version: "3.20.3", variant: "standard", name: "alpine-3.20.3-standard-x86_64",
            kernel: "boot/vmlinuz-lts", initramfs: ["boot/initramfs-lts"],
            bootFiles: [BootFile(.shim, "efi/boot/bootx64.efi"), BootFile(.modules, "boot/modloop-lts")]),
        Sample(
            source: "alpine-netboot-3.20.3-aarch64.tar.gz",
            paths: ["boot/initramfs-lts", "boot/modloop-lts", "boot/config-lts", "boot/System.map-lts"],
            heads: ["boot/vmlinuz-lts": armKernel], family: .alpine, distribution: "alpine", version: "3.20.3",
            architecture: "aarch64", variant: "netboot", name: "alpine-3.20.3-netboot-aarch64",
            kernel: "boot/vmlinuz-lts", initramfs: ["boot/initramfs-lts"],
            bootFiles: [BootFile(.modules, "boot/modloop-lts")]),
        Sample(
            source: "clear-42210-live-server.iso",
            paths: [
                "images/rootfs.img", "EFI/BOOT/initrd.gz", "kernel/kernel.xz",
                "EFI/org.clearlinux/kernel-org.clearlinux.native.6.9.10-1451",
            ],
            texts: [
                "loader/entries/Clear-linux-native-6.9.10-1451.conf": """
                title Clear Linux OS
                linux /EFI/org.clearlinux/kernel-org.clearlinux.native.6.9.10-1451
                initrd /EFI/BOOT/initrd.gz
                options quiet console=tty0
                """,
                "loader/entries/iso-checksum.conf": "title Verify ISO Integrity\n",
            ],
            family: .clearLinux, distribution: "clear-linux-os", version: "42210", variant: "live-server",
            name: "clear-linux-42210-live-server-x86_64",
            kernel: "EFI/org.clearlinux/kernel-org.clearlinux.native.6.9.10-1451", initramfs: ["EFI/BOOT/initrd.gz"],
            bootFiles: [BootFile(.rootfs, "images/rootfs.img")]),
    ]
}
