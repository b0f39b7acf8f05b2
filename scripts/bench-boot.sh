# Part of ./bench: boots one machine in the lab and reads the figures off it. Sourced.

bench_boot() {
    local state=$PWD/.build-bench/boot version
    boot_muster() { MUSTER_STATE_DIR=$state .build/release/muster "$@"; }
    say "boot: one emulated machine"
    boot_muster lab down
    boot_muster init >/dev/null
    if [[ -z $(boot_muster image list | grep '^debian-12@' || true) ]]; then
        boot_muster image build debian-12 2>/dev/null
        boot_muster image pack debian-12 2>/dev/null
    fi
    [[ -d $state/public/os/debian-12 ]] || boot_muster profile create debian-12 debian-12
    version=$(sed -n 's/^# image: .*@//p' "$state/public/os/debian-12/boot.ipxe")
    figure "initramfs for the Debian cloud kernel" \
        "$(stat -c %s "$state/public/images/debian-12/$version/initramfs") B" "at most 45 MB"
    figure "addons.cpio with the agent" "$(stat -c %s "$state/public/site/addons.cpio") B" "-"
    rm -f "$state/key" "$state/key.pub"
    ssh-keygen -q -t ed25519 -N '' -f "$state/key"
    # shellcheck disable=SC2064
    trap "'$PWD/.build/release/muster' lab down --state-dir '$state'; cleanup" EXIT
    boot_muster lab up --nodes 1 --firmware bios >/dev/null
    boot_muster node set n1 "trust.root_keys=$(cat "$state/key.pub")" >/dev/null
    boot_muster deploy n1 debian-12 --yes --force --wait --timeout 10m 2>/dev/null
    figure "kernel start to deployed, emulated" \
        "$(boot_muster trace n1 | sed -n 's/.*; \([0-9.]*\) s after its kernel started.*/\1/p' | tail -n 1) s" "at most 60 s"
    figure "agent, resident, after switch" "$(boot_muster lab exec -- ssh -i "$state/key" -o IdentitiesOnly=yes \
        -o UserKnownHostsFile="$state/public/site/ssh_known_hosts" root@10.88.0.11 \
        "awk '/VmRSS/ { print int(\$2 / 1024) }' /proc/\$(pidof muster-agent)/status") MB" "at most 30 MB"
    boot_muster lab down
}

bench_boot
