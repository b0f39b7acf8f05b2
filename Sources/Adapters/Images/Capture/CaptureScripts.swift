/// What runs on a captured machine: POSIX shell, with the programs of util-linux and tar. None of it writes to the
/// machine's file systems, but for snapshots, which it takes away again.
package enum CaptureScripts {
    /// Begins a part of ``describe``'s output; its name follows.
    static let sectionMark = "@@muster "

    /// Prints what ``CapturedMachine`` reads.
    package static let describe = """
        set -eu
        export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        part() { printf '\\n@@muster %s\\n' "$1"; }
        for program in tar lsblk findmnt unshare mount; do
            command -v $program >/dev/null || { echo "the machine lacks the program $program" >&2; exit 1; }
        done
        part release; cat /etc/os-release
        part kernel; uname -rm
        part kernels; ls /lib/modules 2>/dev/null || :
        part disks; lsblk --json --bytes --output NAME,TYPE,SIZE,FSTYPE,LABEL,PARTTYPE,PARTLABEL,PTTYPE
        part mounts; findmnt --json --bytes --output TARGET,SOURCE,FSTYPE,FSROOT,SIZE,USED
        part firmware; if [ -d /sys/firmware/efi ]; then echo uefi; else echo bios; fi
        part loader
        if [ -e /boot/grub/grub.cfg ] || [ -e /boot/grub2/grub.cfg ]; then echo grub
        elif [ -e /boot/efi/loader/loader.conf ] || [ -e /efi/loader/loader.conf ] || [ -e /boot/loader/loader.conf ]
        then echo systemd-boot; fi
        part arguments; cat /proc/cmdline
        part packages
        if [ -e /var/lib/rpm ] && command -v rpm >/dev/null
        then rpm --query --all --queryformat '%{NAME}\\t%{EVR}\\t%{ARCH}\\n'; fi
        part end
        """

    /// Reads the files whose names stand in the file `names`. What comes behind `--files-from` has no effect on it, and is
    /// an error to tar.
    package static let readNamed = #"tar --create --file=- --no-recursion --null "$@" --files-from="$names""#

    /// Writes an archive of the file systems to standard output. To be run in a mount namespace of its own.
    ///
    /// Arguments: mount point, type and device of each file system, a directory before what is below it; `--`; options of
    /// tar. Standard input: names of files for tar's `--files-from`, each ended by a zero octet; empty for all.
    ///
    /// A file system is read from a snapshot where it can have one: btrfs, and logical volumes in a group with room.
    /// Otherwise it is read as it is. Standard error says `view: MOUNTPOINT snapshot|live` for each.
    package static let archive = """
        set -eu
        export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
        view=/run/muster-capture.$$
        names=$view.names volumes= subvolumes=
        line='
        '
        end() {
            status=$?
            trap - EXIT
            cd /
            umount --recursive "$view" 2>/dev/null || :
            # A line each: a mount point may have blanks in it.
            set -f
            IFS=$line
            for volume in $volumes; do lvremove --quiet --yes "$volume" >/dev/null 2>&1 || :; done
            for subvolume in $subvolumes; do
                case $subvolume in
                    /*/.muster-capture.$$|/.muster-capture.$$) btrfs subvolume delete "$subvolume" >/dev/null 2>&1 || : ;;
                esac
            done
            rmdir "$view" 2>/dev/null || :
            rm -f "$names"
            exit $status
        }
        trap end EXIT
        trap 'exit 1' HUP INT TERM PIPE
        mkdir -m 0700 "$view"
        cat >"$names"
        sync
        count=0
        while [ "$1" != -- ]; do
            place=$1 type=$2 device=$3 how=live
            shift 3
            count=$((count + 1))
            case $type in
                btrfs)
                    snapshot=${place%/}/.muster-capture.$$
                    # A snapshot has empty directories in the place of subvolumes below.
                    if [ -z "$(btrfs subvolume list -o "$place" 2>/dev/null)" ] && btrfs subvolume snapshot -r "$place" "$snapshot" >/dev/null 2>&1; then
                        subvolumes="$subvolumes$line$snapshot"
                        mount --bind "$snapshot" "$view$place" && how=snapshot
                    fi
                    ;;
                ext*|xfs)
                    if lvs "$device" >/dev/null 2>&1; then
                        group=$(lvs --noheadings -o vg_name "$device" | tr -d ' ')
                        name=muster-capture-$$-$count
                        if lvcreate --quiet --yes --snapshot --extents 50%FREE --name "$name" "$device" >/dev/null 2>&1
                        then
                            volumes="$volumes$line/dev/$group/$name"
                            options=
                            [ "$type" != xfs ] || options=-onouuid
                            mount -t "$type" $options "/dev/$group/$name" "$view$place" && how=snapshot
                        fi
                    fi
                    ;;
            esac
            [ $how = snapshot ] || mount --bind "$place" "$view$place"
            echo "view: $how $place" >&2
        done
        shift
        cd "$view"
        status=0
        if [ -s "$names" ]; then
            \(readNamed) || status=$?
        else
            tar --create --file=- "$@" . || status=$?
        fi
        # 1: files that changed while they were read; each has a line of its own.
        [ $status = 0 ] || [ $status = 1 ] || exit $status
        """
}
