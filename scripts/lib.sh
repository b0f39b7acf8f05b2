# What ./quickstart and ./test share. Sourced by them, from the root of the repository.

say() { printf '==> %s\n' "$*" >&2; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    else
        command -v sudo >/dev/null || fail "this needs root, and there is no sudo: run as root: $*"
        sudo "$@"
    fi
}

# Debian packages to build Muster, and to run the lab.
build_packages=(ca-certificates git gcc g++ libarchive-dev libc6-dev libsqlite3-dev libzstd-dev pkg-config)
lab_packages=(
    qemu-system-x86 ovmf ipxe mmdebstrap bubblewrap squashfs-tools zstd kmod uidmap openssh-client iproute2 util-linux
)
# To export images.
export_packages=(bubblewrap dosfstools e2fsprogs grub-common grub-efi-amd64-bin grub-pc-bin mtools qemu-utils)
# Of the whole-system tests: a foreign DHCP server, what builds images of rpm packages, what exports are held against, what
# makes discs, what emulates TPMs, and what reads network files.
test_packages=(
    dnsmasq-base busybox-static createrepo-c dnf fdisk gdisk gnupg rpm skopeo swtpm xorriso zypper
    ifupdown libxml2-utils netplan.io network-manager
)
# Of `./test full`: what serves debian-installer, and makes what its mirror lacks.
full_packages=(cpio curl dpkg-dev gnupg nginx-light)

# One set of flags for programs and tests, so that dependencies compile once. Without debug information the
# build is a sixth faster.
build_flags=(--configuration release -debug-info-format none)

# Installs those of the named Debian packages that are missing.
need_packages() {
    command -v dpkg-query >/dev/null || fail "this is no Debian; install what these packages hold, and skip this step \
with MUSTER_SKIP_INSTALL=1: $*"
    local missing=() package
    for package in "$@"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
            missing+=("$package")
    done
    [[ ${#missing[@]} == 0 ]] && return
    say "installing ${missing[*]}"
    as_root apt-get update --quiet
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${missing[@]}"
}

# The same, and the packages' own services are not started: who asks for them starts their own. 101 says so to Debian.
need_packages_without_services() {
    if [[ -e /usr/sbin/policy-rc.d ]]; then
        need_packages "$@"
        return
    fi
    trap 'as_root rm -f /usr/sbin/policy-rc.d' EXIT
    as_root sh -c "printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 0755 /usr/sbin/policy-rc.d"
    need_packages "$@"
    as_root rm -f /usr/sbin/policy-rc.d
    trap - EXIT
}

# Puts Swift 6.2 or later in PATH, or says how to get it.
need_swift() {
    local directory version
    for directory in /opt/swift/usr/bin "$HOME/.local/share/swiftly/bin" "$HOME/.swiftly/bin"; do
        if ! command -v swift >/dev/null && [[ -x $directory/swift ]]; then PATH=$directory:$PATH; fi
    done
    export PATH
    command -v swift >/dev/null || fail "Swift is missing. Install 6.2 or later as https://www.swift.org/install/linux \
says (swiftly, or the archive for your system unpacked to /opt/swift), then run this again."
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    [[ $(printf '%s\n' 6.2 "$version" | sort --version-sort | head -n 1) == 6.2 ]] ||
        fail "Swift ${version:-of unknown version} at $(command -v swift) is too old: 6.2 or later is needed, see \
https://www.swift.org/install/linux"
}

# The lab's network cards.
need_tun() {
    [[ -e /dev/net/tun ]] || as_root modprobe tun || fail "this kernel has no tun driver, which the lab needs"
    [[ -w /dev/net/tun ]] || fail "/dev/net/tun is not open to $(id -un): run as root, or: sudo chmod 0666 /dev/net/tun"
}

build() {
    say "building (the first time takes some minutes)"
    swift build "${build_flags[@]}" "$@"
}
