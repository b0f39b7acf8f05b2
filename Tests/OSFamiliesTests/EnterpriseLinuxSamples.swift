import OSFamilies

extension Sample {
    private static let pxe = ["images/pxeboot/vmlinuz", "images/pxeboot/initrd.img", "images/install.img"]
    private static let repositories = ["AppStream/repodata/repomd.xml", "BaseOS/repodata/repomd.xml"]
    private static let efi = ["EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/grubx64.efi", "images/efiboot.img"]
    private static let efiFiles = [
        BootFile(.shim, "EFI/BOOT/BOOTX64.EFI"), BootFile(.grub, "EFI/BOOT/grubx64.efi"),
        BootFile(.stage2, "images/install.img"), BootFile(.efiImage, "images/efiboot.img"),
    ]

    /// As pungi and lorax write it.
    static func treeinfo(
        family: String, version: String, architecture: String = "x86_64", variant: String = "AppStream"
    ) -> String {
        """
        [checksums]
        images/install.img = sha256:af4bc8a26fdacda5dc1c2fba5c820ae22a1e63988294d31ab54eaa225a25d219

        [general]
        ; WARNING.0 = This section provides compatibility with pre-productmd treeinfos.
        arch = \(architecture)
        family = \(family)
        name = \(family) \(version)
        packagedir = AppStream/Packages
        timestamp = 1714688321
        variant = \(variant)
        version = \(version)

        [header]
        type = productmd.treeinfo
        version = 1.2

        [images-\(architecture)]
        efiboot.img = images/efiboot.img
        initrd = images/pxeboot/initrd.img
        kernel = images/pxeboot/vmlinuz

        [release]
        name = \(family)
        short = X
        version = \(version)

        [stage2]
        mainimage = images/install.img

        """
    }

    private static func anaconda(
        _ source: String, _ family: String, _ version: String, packages: [String] = [], distribution: String,
        expected: String, name: String, variant: String? = nil, treeVariant: String = "AppStream",
        repositories: [String] = Sample.repositories
    ) -> Sample {
        Sample(
            source: source, paths: pxe + efi + repositories + packages,
            texts: [".treeinfo": treeinfo(family: family, version: version, variant: treeVariant)],
            family: .enterpriseLinux, distribution: distribution, version: expected, variant: variant, name: name,
            kernel: "images/pxeboot/vmlinuz", initramfs: ["images/pxeboot/initrd.img"], bootFiles: efiFiles)
    }

    static let enterpriseLinux: [Sample] = [
        anaconda(
            "Rocky-9.4-x86_64-dvd.iso", "Rocky Linux", "9.4",
            packages: ["BaseOS/Packages/r/rocky-release-9.4-1.7.el9.noarch.rpm"], distribution: "rocky",
            expected: "9.4", name: "rocky-9.4-x86_64"),
        anaconda(
            "Rocky-9.4-x86_64-minimal.iso", "Rocky Linux", "9.4", distribution: "rocky", expected: "9.4",
            name: "rocky-9.4-minimal-x86_64", variant: "minimal", repositories: ["minimal/repodata/repomd.xml"]),
        anaconda(
            "Rocky-9.4-x86_64-boot.iso", "Rocky Linux", "9.4", distribution: "rocky", expected: "9.4",
            name: "rocky-9.4-boot-x86_64", variant: "boot", repositories: []),
        // Its .treeinfo has the major version alone.
        anaconda(
            "AlmaLinux-9.1-x86_64-dvd.iso", "AlmaLinux", "9",
            packages: ["BaseOS/Packages/almalinux-release-9.1-1.9.el9.x86_64.rpm"], distribution: "almalinux",
            expected: "9.1", name: "alma-9.1-x86_64"),
        anaconda(
            "rhel-9.4-x86_64-dvd.iso", "Red Hat Enterprise Linux", "9.4",
            packages: ["BaseOS/Packages/redhat-release-9.4-0.5.el9.x86_64.rpm"], distribution: "rhel", expected: "9.4",
            name: "rhel-9.4-x86_64"),
        anaconda(
            "rhel-server-7.9-x86_64-dvd.iso", "Red Hat Enterprise Linux", "7.9",
            packages: ["Packages/redhat-release-server-7.9-3.el7.x86_64.rpm"], distribution: "rhel", expected: "7.9",
            name: "rhel-7.9-x86_64", repositories: ["repodata/repomd.xml"]),
        anaconda(
            "CentOS-Stream-10-latest-x86_64-dvd1.iso", "CentOS Stream", "10",
            packages: ["BaseOS/Packages/centos-stream-release-10.0-6.el10.noarch.rpm"], distribution: "centos",
            expected: "10", name: "centos-stream-10-x86_64"),
        anaconda(
            "CentOS-7-x86_64-DVD-2009.iso", "CentOS", "7",
            packages: ["Packages/centos-release-7-9.2009.0.el7.centos.x86_64.rpm"], distribution: "centos",
            expected: "7.9", name: "centos-7.9-x86_64", repositories: ["repodata/repomd.xml"]),
        anaconda(
            "OracleLinux-R9-U4-x86_64-dvd.iso", "Oracle Linux", "9.4",
            packages: [
                "BaseOS/Packages/oraclelinux-release-9.4-1.0.8.el9.x86_64.rpm",
                "BaseOS/Packages/oraclelinux-release-el9-1.0-16.el9.x86_64.rpm",
            ], distribution: "ol", expected: "9.4", name: "oracle-9.4-x86_64"),
        anaconda(
            "openEuler-24.03-LTS-x86_64-dvd.iso", "openEuler", "openEuler-24.03-LTS", distribution: "openEuler",
            expected: "24.03-LTS", name: "openeuler-24.03-lts-x86_64", repositories: ["repodata/repomd.xml"]),
        anaconda(
            "Fedora-Server-dvd-x86_64-40-1.14.iso", "Fedora", "40",
            packages: ["Packages/f/fedora-release-common-40-38.noarch.rpm"], distribution: "fedora", expected: "40",
            name: "fedora-40-server-x86_64", variant: "server", treeVariant: "Server",
            repositories: ["repodata/repomd.xml"]),
        // Without .treeinfo: .discinfo and the release package.
        Sample(
            source: "OracleLinux-R8-U9-aarch64-dvd.iso",
            paths: [
                "images/pxeboot/vmlinuz", "images/pxeboot/initrd.img", "BaseOS/repodata/repomd.xml",
                "BaseOS/Packages/oraclelinux-release-8.9-1.0.7.el8.aarch64.rpm",
            ],
            texts: [".discinfo": "1699971234.567890\nOracle Linux 8.9.0\naarch64\n"], family: .enterpriseLinux,
            distribution: "ol", version: "8.9.0", architecture: "aarch64", name: "oracle-8.9.0-aarch64",
            kernel: "images/pxeboot/vmlinuz", initramfs: ["images/pxeboot/initrd.img"]),
    ]
}
