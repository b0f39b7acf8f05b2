import Images
import Testing

@Suite("what a version must not hold")
struct MachineContentTests {
    @Test(
        "secrets, identity and traces are left out",
        arguments: [
            "etc/ssh/ssh_host_ed25519_key", "etc/ssh/ssh_host_rsa_key.pub", "etc/shadow-", "etc/hostname",
            "etc/resolv.conf", "root/.ssh", "home/ada/.aws/credentials", "home/ada/.kube/config",
            "root/.docker/config.json", "lost+found",
            "home/lost+found/1", "root/.ssh/authorized_keys", "root/.bash_history", "home/ada/.ssh/id_rsa",
            "home/ada/.python_history", "etc/NetworkManager/system-connections/wifi.nmconnection",
            "etc/netplan/50-cloud-init.yaml", "var/lib/systemd/random-seed", "var/lib/systemd/credential.secret",
            "var/lib/dbus/machine-id", "etc/ssl/private/site.key", "etc/krb5.keytab", "var/log/dpkg.log",
            "var/log/journal/1/system.journal", "var/cache/ldconfig/aux-cache", "var/lib/apt/lists/deb_InRelease",
            "var/cache/debconf/passwords.dat", "tmp/a/b", "dev/console", "boot/initrd.img-6.1", "etc/muster/x/y",
            "etc/systemd/network/05-muster-0-main.network", "usr/lib/muster/muster-agent", "etc/kubernetes/admin.conf",
            "etc/pki/tls/private/host.key", "swapfile",
            "etc/pki/tls/private/site.key", "etc/pki/entitlement/1-key.pem", "etc/zypp/credentials.d/SCC",
            "boot/initramfs-5.14.0-1.el9.x86_64.img", "boot/initrd-6.4.0-default", "boot/initramfs-lts",
            "var/cache/dnf/baseos.solv", "var/lib/dnf/history.sqlite-wal", "var/log/zypp/history",
            "var/cache/apk/APKINDEX.1.tar.gz", "usr/lib/sysimage/rpm/.rpm.lock",
        ])
    func leftOut(_ path: String) { #expect(MachineContent.treatment(of: path) == .leaveOut) }

    @Test(
        "what looks like it and belongs to the system stays",
        arguments: [
            "etc/ssh/sshd_config", "etc/ssh/moduli", "etc/ssl/private", "etc/ssl/certs/ca.pem", "root", "root/.bashrc",
            "tmp", "dev", "run", "var/log", "var/log/journal", "var/lib/apt/lists", "var/lib/apt/extended_states",
            "boot/vmlinuz-6.1", "etc/passwd", "etc/systemd/network/10-lan.network", "etc/kubernetes/manifests/x.yaml",
            "etc/pki/tls/certs/ca.crt", "usr/share/doc/x/changelog.log", "home/ada", "etc/hosts",
            "var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite", "lib/apk/db/installed",
            "etc/apk/keys/a.pub",
            "etc/ssh/authorized_keys.d/ada", "etc/yum.repos.d/rocky.repo",
        ])
    func kept(_ path: String) { #expect(MachineContent.treatment(of: path) == .keep) }

    @Test("the machine's number becomes an empty file, and accounts lose their passwords")
    func changed() {
        #expect(MachineContent.treatment(of: "etc/machine-id") == .makeEmpty)
        #expect(MachineContent.treatment(of: "etc/shadow") == .takePasswordsOut)
        #expect(MachineContent.treatment(of: "etc/gshadow") == .takePasswordsOut)
    }

    @Test("every hash goes, an empty password too; locks stay as they are")
    func passwords() {
        let shadow = """
            root:$y$j9T$abc$def:20000:0:99999:7:::
            ada:$6$x$y:20000:0:99999:7:::
            open::20000:0:99999:7:::
            locked:!$6$x$y:20000:0:99999:7:::
            daemon:*:20000:0:99999:7:::
            sshd:!:20000::::::
            systemd-network:!*:20000::::::
            odd

            """
        let expected = """
            root:!*:20000:0:99999:7:::
            ada:!*:20000:0:99999:7:::
            open:!*:20000:0:99999:7:::
            locked:!*:20000:0:99999:7:::
            daemon:*:20000:0:99999:7:::
            sshd:!:20000::::::
            systemd-network:!*:20000::::::
            odd

            """
        let bytes = AccountFile.withoutPasswords(Array(shadow.utf8))
        #expect(String(decoding: bytes, as: UTF8.self) == expected)
    }
}
