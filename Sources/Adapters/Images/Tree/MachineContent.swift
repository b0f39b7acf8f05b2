/// The one list of what a version must not hold: secrets, what is particular to one machine, and what differs from
/// build to build without being of use.
package enum MachineContent {
    /// What becomes of a path.
    package enum Treatment: Sendable, Hashable {
        case keep
        case leaveOut
        /// An empty file stands in its place.
        case makeEmpty
        /// Passwords are taken out of it, see ``AccountFile``.
        case takePasswordsOut
    }

    /// The treatment of a path, given relative to the root of the tree.
    package static func treatment(of path: String) -> Treatment {
        let components = path.utf8.split(separator: UInt8(ascii: "/")).map { Array($0)[...] }
        for rule in rules where rule.pattern.matches(components) { return rule.treatment }
        return .keep
    }

    /// The patterns of what is left out, as ``PathPattern`` reads them: for those who need not read it at all.
    static var leftOutPatterns: [String] { leftOut }

    private struct Rule: Sendable {
        let pattern: PathPattern
        let treatment: Treatment
    }

    private static let rules: [Rule] =
        leftOut.map { Rule(pattern: PathPattern($0), treatment: .leaveOut) }
        + emptied.map { Rule(pattern: PathPattern($0), treatment: .makeEmpty) }
        + accounts.map { Rule(pattern: PathPattern($0), treatment: .takePasswordsOut) }

    /// Empty says to systemd that the machine's number is not yet known; a missing file could not be mounted over.
    private static let emptied = ["etc/machine-id"]

    private static let accounts = ["etc/shadow", "etc/gshadow"]

    private static let leftOut = secrets + ofPeople + identity + agent + state + rebuilt

    private static let secrets = [
        "etc/ssh/ssh_host_*", "etc/ssl/private/**", "etc/pki/tls/private/**", "etc/pki/consumer/**",
        "etc/pki/entitlement/**", "etc/zypp/credentials.d/**", "etc/krb5.keytab", "etc/muster/**", "var/lib/muster/**",
        "var/lib/muster-agent/**",
        "etc/shadow-", "etc/gshadow-", "etc/passwd-", "etc/group-", "etc/subuid-", "etc/subgid-",
        "etc/security/opasswd", "etc/.pwd.lock",
        "etc/NetworkManager/system-connections/**", "etc/netplan/**", "etc/wpa_supplicant/*.conf",
        "etc/wireguard/**", "etc/apt/auth.conf", "etc/apt/auth.conf.d/**", "etc/munge/munge.key",
        "var/lib/systemd/credential.secret", "etc/credstore/**", "etc/credstore.encrypted/**",
        "var/cache/debconf/passwords.dat*",
        "etc/letsencrypt/**", "etc/ipsec.secrets", "etc/ipsec.d/private/**", "etc/rndc.key", "etc/bind/rndc.key",
        "etc/mysql/debian.cnf", "etc/ceph/*.keyring", "var/lib/samba/private/**", "etc/kubernetes/pki/**",
        "etc/kubernetes/*.conf",
        "var/lib/kubelet/pki/**", "etc/rancher/node/**", "etc/salt/pki/**", "etc/puppetlabs/puppet/ssl/**",
        "var/lib/puppet/ssl/**", "etc/chef/*.pem",
    ]

    /// Keys, passwords and what was typed, below the homes of people.
    private static let ofPeople = ["root", "home/*"].flatMap { home in
        [
            ".ssh/**", ".ssh", ".gnupg/**", ".gnupg", ".*_history", ".netrc", ".lesshst", ".viminfo", ".aws/**",
            ".azure/**", ".docker/**", ".kube/**", ".config/gcloud/**", ".git-credentials", ".pgpass",
            ".local/share/keyrings/**",
        ].map { "\(home)/\($0)" }
    }

    private static let identity = [
        "etc/hostname", "etc/mailname", "etc/resolv.conf", "etc/hostid", "etc/iscsi/initiatorname.iscsi",
        "etc/nvme/hostnqn", "etc/nvme/hostid", "etc/udev/rules.d/70-persistent-net.rules",
        "var/lib/dbus/machine-id", "var/lib/cloud/**", "var/lib/dhcp/**", "var/lib/dhcpcd/**",
        "var/lib/NetworkManager/**", "var/lib/systemd/random-seed", "var/lib/urandom/random-seed",
        "boot/loader/random-seed", "boot/efi/loader/random-seed", "var/lib/systemd/timesync/**",
    ]

    /// What Muster's agent writes on each machine anew.
    private static let agent = [
        "usr/lib/muster/muster-agent", "etc/systemd/system/muster-agent.service",
        "etc/systemd/system/multi-user.target.wants/muster-agent.service", "etc/systemd/network/05-muster-*",
        "etc/systemd/timesyncd.conf.d/muster.conf", "etc/ssh/muster_user_ca.pub",
        "etc/ssh/sshd_config.d/00-muster.conf",
    ]

    /// Traces of a run, and of the build itself.
    private static let state = [
        // Each ext file system has its own.
        "lost+found", "lost+found/**", "*/lost+found", "*/lost+found/**",
        "dev/**", "proc/**", "sys/**", "run/**", "tmp/**", "var/tmp/**", "var/crash/**", "var/spool/mail/*",
        "var/mail/*", "var/log/*.log*", "var/log/apt/**", "var/log/journal/**", "var/log/btmp*", "var/log/wtmp*",
        "var/log/lastlog", "var/log/faillog", "var/log/dmesg*", "var/log/messages*", "var/log/syslog*",
        "var/log/audit/**", "var/log/installer/**", "var/lib/systemd/timers/**", "var/lib/systemd/coredump/**",
        "var/lib/apt/lists/**", "var/lib/apt/periodic/**", "var/lib/dpkg/*-old", "var/lib/dpkg/lock*",
        "var/lib/dpkg/triggers/Lock",
        "var/log/zypp/**", "var/lib/dnf/history.sqlite*", "var/lib/dnf/repos/**", "var/lib/zypp/AnonymousUniqueId",
        "var/lib/rpm/.rpm.lock", "var/lib/rpm/__db*", "usr/lib/sysimage/rpm/.rpm.lock", "lib/apk/db/lock",
        "usr/lib/apk/db/lock", "var/lib/logrotate/status", "root/.cache/**", "root/.wget-hsts",
        "home/*/.cache/**", "swapfile", "swap.img",
    ]

    /// Made anew where it is needed; Muster's own initramfs stands in the place of the distribution's.
    private static let rebuilt = [
        "boot/initrd.img-*", "boot/initrd-*", "boot/initramfs-*", "initrd.img", "initrd.img.old",
        "var/lib/initramfs-tools/**",
        "var/cache/ldconfig/aux-cache", "var/cache/apt/**", "var/cache/dnf/**", "var/cache/libdnf5/**",
        "var/cache/yum/**", "var/cache/zypp/**", "var/cache/apk/**", "var/cache/debconf/*-old", "var/cache/man/**",
        "var/cache/fontconfig/**",
    ]
}
