import MusterBase

/// A profile's `grub.cfg`, for signed GRUBs of distributors (GRUB manual, "Shell-like scripting" and "Network"): the same for
/// each machine and for each member, as `boot.ipxe` is.
enum GRUBScript {
    /// - Parameters:
    ///   - kernel: paths of kernel and archives below the public directory, with a slash in front.
    ///   - arguments: of the kernel.
    static func text(profile: String, source: String, kernel: String, archives: [String], arguments: [String]) -> String
    {
        """
        # Written by Muster from profile.yaml; changes here are lost at: muster profile update-boot \(profile)
        # \(source)
        \(device)
        set muster_archives="\(archives.joined(separator: " "))"
        for muster_try in 1 2 3 4 5 6 7 8 9 10; do
          # GRUB reads HTTP much faster than TFTP.
          for muster_from in "(http,$net_default_server)" "$muster_device"; do
            echo "Muster: profile \(profile) from $muster_from"
            if linux $muster_from\(kernel) \(arguments.joined(separator: " ")); then
              set muster_list=""
              for muster_archive in $muster_archives; do
                set muster_list="$muster_list $muster_from$muster_archive"
              done
              if initrd $muster_list; then boot; fi
            fi
          done
          echo "Muster: loading failed (try $muster_try), trying again in 8 seconds"
          sleep 8
        done
        reboot

        """
    }

    /// For machines that are to go on to their disk: GRUB starts the shim that lies there. Its `exit` says to firmware that all
    /// went well, upon which many show their menu in the place of the next boot entry.
    static let end = """
        # Written by Muster: nothing to boot over the network; on to the disk.
        set muster_suffix=x64
        if [ "$grub_cpu" = arm64 ]; then set muster_suffix=aa64; fi
        for muster_name in \(systems.joined(separator: " ")); do
          for muster_file in shim$muster_suffix.efi shim.efi boot$muster_suffix.efi; do
            set muster_disk=""
            search --no-floppy --file --set=muster_disk "/EFI/$muster_name/$muster_file"
            if [ -n "$muster_disk" ]; then
              if chainloader "($muster_disk)/EFI/$muster_name/$muster_file"; then boot; fi
            fi
          done
        done
        echo "Muster: no disk has a system to start"
        exit

        """

    /// The directories of distributors on the system partition, and at last the one for removable media.
    private static let systems = [
        "debian", "ubuntu", "rocky", "almalinux", "redhat", "centos", "fedora", "openEuler", "opensuse", "sles", "BOOT",
    ]

    /// What GRUBs find that look at a fixed place: it leads to the script beside the GRUB that asks.
    static let entry = """
        # Written by Muster. It leads to the profile that this GRUB was loaded for.
        \(device)
        source "$muster_device/$muster_directory/\(SignedLoaders.script)"

        """

    /// The fixed places, below the public directory: those of grubnet of Debian and Ubuntu, of debian-installer's, and of GRUBs
    /// that were made for a medium.
    static let entries =
        ["grub", "debian-installer/amd64/grub", "debian-installer/arm64/grub", "EFI/BOOT", "boot/grub"]
        .map { "\($0)/grub.cfg" }

    /// Where GRUB itself was loaded from: `(tftp,10.0.0.1)` and `os/debian-13/boot/efi`. GRUBs do not agree on what has it:
    /// Debian's and Red Hat's say `fw_path`, others `cmdpath`, and some leave it with what DHCP said.
    private static let device = """
        set muster_path="$fw_path"
        if [ -z "$muster_path" ]; then set muster_path="$cmdpath"; fi
        if [ -z "$muster_path" ]; then set muster_path="($root)/$net_efinet0_boot_file"; fi
        regexp --set=1:muster_device --set=2:muster_directory '^([(][^)]*[)])/*(os/[^/]+/boot/[a-z]+)' "$muster_path"
        """
}
