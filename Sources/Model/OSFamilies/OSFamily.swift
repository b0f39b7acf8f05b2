/// Systems that are installed or booted in the same way.
public enum OSFamily: String, Sendable, Hashable, Codable, CaseIterable {
    /// Rocky, Alma, RHEL, CentOS, Oracle, openEuler, Fedora: Anaconda and Kickstart.
    case enterpriseLinux = "el"
    /// Ubuntu: Subiquity and autoinstall.
    case ubuntu
    /// Debian: debian-installer and preseed.
    case debian
    /// SUSE Linux Enterprise and openSUSE Leap: AutoYaST, from 16 on Agama.
    case suse
    /// VMware ESXi: Weasel.
    case esxi
    /// Fedora CoreOS and RHEL CoreOS: Ignition.
    case fedoraCoreOS = "fedora_coreos"
    /// Flatcar: Ignition.
    case flatcar
    /// Alpine: diskless with an apkovl.
    case alpine
    /// Clear Linux: micro-config-drive.
    case clearLinux = "clear_linux"
}
