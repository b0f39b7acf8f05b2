import DiskFormats

/// GRUB's configuration on the EFI system partition of a disk with two roots: chooses a root, and goes on with the menu
/// that the root's distribution made. It is the same for the life of the disk.
package struct RootMenu: Sendable {
    /// The UUIDs of the roots' file systems. They stay the same when a root is made anew.
    package let a: DiskGUID
    package let b: DiskGUID
    /// The kernel's arguments for the boot from disk: GRUB speaks on the same console.
    package let kernelArguments: [String]
    /// Whether `a` and `b` are file systems of their own for /boot.
    package let hasBoot: Bool

    /// The kernel of a root on trial has this argument.
    package static let trialArgument = "muster.trial"
    /// What ``InstalledFiles`` puts at the end of each kernel line, for ``text`` to set.
    package static let argumentsVariable = RootChoice.variablePrefix + "arguments"

    /// A kernel that panics, and an initramfs that finds no root, start the machine again instead of waiting.
    private static let trialArguments = [trialArgument, "panic=10", "rd.shell=0", "rd.emergency=reboot"]

    package init(a: DiskGUID, b: DiskGUID, kernelArguments: [String], hasBoot: Bool = false) {
        self.a = a
        self.b = b
        self.kernelArguments = kernelArguments
        self.hasBoot = hasBoot
    }

    package var text: String {
        let names = RootChoice.names.joined(separator: " ")
        let menu = hasBoot ? "/grub/grub.cfg" : "/boot/grub/grub.cfg"
        let block = "--file $prefix/\(RootChoiceFile.name)"
        return """
            # Written by Muster. Chooses one of two roots; a new one is started a few times, until it says that it is healthy.
            \(terminal)set muster_good=
            set muster_trial=
            set muster_tries=
            load_env \(block) \(names)
            set muster_root=$muster_good
            set \(Self.argumentsVariable)=
            if [ -z "$muster_good" ]; then
              set muster_root=$muster_trial
            elif [ -n "$muster_trial" ]; then
              set muster_next=
            \(countdown)
              if [ -n "$muster_next" ]; then
                set muster_tries=$muster_next
                # A start that cannot be counted might be repeated for ever.
                if save_env \(block) \(names); then
                  set muster_root=$muster_trial
                  set \(Self.argumentsVariable)="\(Self.trialArguments.joined(separator: " "))"
                fi
              fi
            fi
            export \(Self.argumentsVariable)
            if [ "$muster_root" = b ]; then
              search --no-floppy --fs-uuid --set=root \(b)
            else
              search --no-floppy --fs-uuid --set=root \(a)
            fi
            set timeout=5
            if [ -n "$\(Self.argumentsVariable)" ]; then
              echo "Muster: root $muster_root is on trial, $muster_tries more to follow"
              menuentry "Start again: this root is on trial" {
                reboot
              }
            fi
            if [ -s "($root)\(menu)" ]; then
              source "($root)\(menu)"
            fi
            # What is to be taken when nothing else can be loaded has to be known by its number.
            if [ -n "$\(Self.argumentsVariable)" ]; then
              set fallback=0
              if [ -z "$default" -o "$default" = 0 ]; then set default=1; fi
            fi

            """
    }

    /// GRUB's scripts cannot count.
    private var countdown: String {
        (0..<RootChoice.firstTries).map { left in
            "  \(left == 0 ? "if" : "elif") [ \"$muster_tries\" = \(left + 1) ]; then set muster_next=\(left)"
        }.joined(separator: "\n") + "\n  fi"
    }

    private var terminal: String {
        guard let command = InstalledFiles.serialCommand(kernelArguments) else { return "" }
        return "\(command)\nterminal_input console serial\nterminal_output console serial\n"
    }
}
