/// debian-installer, by preseeding (Debian's installation guide, appendix B).
///
/// The agent runs before the installer reads its answers: it puts the profile's and the machine's own into one file of the
/// initramfs, from which debconf takes them before the first question.
public struct DebianInstaller: Installer {
    public init() {}

    public let answerFile = "preseed.cfg"

    public func kernelArguments(for system: InstalledSystem, consoles: [String]) -> [String] {
        // Questions that the answers leave open are answered by their defaults, if they have any. In text, so that a serial
        // console can be read and logged.
        ["auto=true", "priority=critical", "DEBIAN_FRONTEND=text"] + consoles.map { "console=\($0)" }
    }

    public func defaultAnswers(for system: InstalledSystem, variant: ProfileVariant) -> String {
        """
        # Answers for debian-installer, the same for every machine of this profile. This file is yours to edit; the
        # installation guide's appendix B describes the questions. What is particular to a machine (names, network, time
        # zone, locale, keyboard, root's password and keys, the disk) is added from its attributes, and goes before.

        # Packages come from here; security and stable updates, too.
        d-i mirror/country string manual
        d-i mirror/protocol string http
        d-i mirror/http/hostname string deb.debian.org
        d-i mirror/http/directory string /debian
        d-i mirror/http/proxy string

        # The whole disk, in one file system with swap space beside it.
        d-i partman-auto/method string regular
        d-i partman-auto/choose_recipe select atomic
        d-i partman-partitioning/choose_label select gpt
        d-i partman-partitioning/default_label string gpt
        d-i partman/confirm_write_new_label boolean true
        d-i partman/choose_partition select finish
        d-i partman/confirm boolean true
        d-i partman/confirm_nooverwrite boolean true

        # What is installed beside the base system.
        tasksel tasksel/first multiselect ssh-server
        d-i pkgsel/include string
        d-i pkgsel/upgrade select safe-upgrade
        popularity-contest popularity-contest/participate boolean false

        # Nobody but root, who logs in by ssh keys alone unless a password is set.
        d-i passwd/make-user boolean false

        d-i clock-setup/utc boolean true
        d-i clock-setup/ntp boolean true
        d-i apt-setup/cdrom/set-first boolean false
        d-i grub-installer/only_debian boolean true
        d-i grub-installer/with_other_os boolean false
        d-i finish-install/reboot_in_progress note
        d-i cdrom-detect/eject boolean false

        """
    }
}
