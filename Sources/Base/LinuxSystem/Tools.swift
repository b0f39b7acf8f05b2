extension Tool {
    /// A program of that name in the usual directories, system directories first.
    private static func standard(_ name: String, package: String?) -> Tool {
        Tool(name, candidates: ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"].map { $0 + name }, package: package)
    }

    // Images
    public static let mmdebstrap = standard("mmdebstrap", package: "mmdebstrap")
    public static let unsquashfs = standard("unsquashfs", package: "squashfs-tools")
    public static let tar = standard("tar", package: "tar")
    public static let zstd = standard("zstd", package: "zstd")
    public static let unshare = standard("unshare", package: "util-linux")
    public static let xz = standard("xz", package: "xz-utils")
    public static let gzip = standard("gzip", package: "gzip")
    public static let aptHelper = Tool("apt-helper", candidates: ["/usr/lib/apt/apt-helper"], package: "apt")
    public static let bubblewrap = standard("bwrap", package: "bubblewrap")
    public static let dnf = standard("dnf", package: "dnf")
    public static let zypper = standard("zypper", package: "zypper")
    public static let apk = standard("apk", package: "apk-tools")
    public static let rpm = standard("rpm", package: "rpm")
    public static let rm = standard("rm", package: "coreutils")

    // Media
    public static let curl = standard("curl", package: "curl")
    public static let gpgv = standard("gpgv", package: "gpgv")

    // Profiles
    public static let bash = standard("bash", package: "bash")
    public static let debconfSetSelections = standard("debconf-set-selections", package: "debconf")
    public static let diff3 = standard("diff3", package: "diffutils")
    public static let ksvalidator = standard("ksvalidator", package: "pykickstart")
    public static let sh = standard("sh", package: "dash")
    public static let shellcheck = standard("shellcheck", package: "shellcheck")
    public static let xmllint = standard("xmllint", package: "libxml2-utils")

    // Plays
    public static let ansiblePlaybook = Tool(
        "ansible-playbook", candidates: ["/usr/bin/ansible-playbook", "/usr/local/bin/ansible-playbook"],
        package: "ansible-core")

    // Export
    public static let debugfs = standard("debugfs", package: "e2fsprogs")
    public static let find = standard("find", package: "findutils")
    public static let grubEditenv = standard("grub-editenv", package: "grub-common")
    public static let grubScriptCheck = standard("grub-script-check", package: "grub-common")
    public static let grubMkimage = standard("grub-mkimage", package: "grub-common")
    public static let mcopy = standard("mcopy", package: "mtools")
    public static let mke2fs = standard("mke2fs", package: "e2fsprogs")
    public static let mmd = standard("mmd", package: "mtools")

    // Lab
    public static let qemuX86 = standard("qemu-system-x86_64", package: "qemu-system-x86")
    public static let swtpm = standard("swtpm", package: "swtpm")
    public static let qemuImg = standard("qemu-img", package: "qemu-utils")
    public static let ip = standard("ip", package: "iproute2")
    public static let nsenter = standard("nsenter", package: "util-linux")
    public static let setsid = standard("setsid", package: "util-linux")
    public static let ssh = standard("ssh", package: "openssh-client")
    public static let sshKeygen = standard("ssh-keygen", package: "openssh-client")

    // Of an image, for installing it to a disk
    public static let mkfsExt4 = standard("mkfs.ext4", package: "e2fsprogs")
    public static let mkfsXFS = standard("mkfs.xfs", package: "xfsprogs")
    public static let mkfsBtrfs = standard("mkfs.btrfs", package: "btrfs-progs")
    public static let mkswap = standard("mkswap", package: "util-linux")
    public static let mkfsFAT = standard("mkfs.fat", package: "dosfstools")
    public static let cryptsetup = standard("cryptsetup", package: "cryptsetup-initramfs")
    public static let clevis = standard("clevis", package: "clevis-initramfs")
    public static let clevisTPM2 = standard("clevis-encrypt-tpm2", package: "clevis-tpm2")
    public static let grubInstall = standard("grub-install", package: "grub2-common")
    public static let grubMakeConfiguration = standard("grub-mkconfig", package: "grub2-common")
    public static let bootctl = standard("bootctl", package: "systemd-boot")
    public static let kernelInstall = standard("kernel-install", package: "systemd")
    public static let efiBootManager = standard("efibootmgr", package: "efibootmgr")
    public static let restorecon = standard("restorecon", package: "policycoreutils")
    public static let updateInitramfs = standard("update-initramfs", package: "initramfs-tools")
    public static let dracut = standard("dracut", package: "dracut")

    // Servers
    public static let systemctl = standard("systemctl", package: "systemd")
}
