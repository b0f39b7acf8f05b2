/// The section `%packages`: environments as each distribution's own groups (comps) call them.
struct AnacondaPackages {
    let release: AnacondaRelease
    let variant: ProfileVariant

    var text: String {
        let lines =
            switch variant {
            case .standard: [server]
            case .minimal: [minimal]
            case .hpc: [minimal, "# Compilers, and what MPI libraries stand on."] + cluster
            }
        return (["%packages"] + lines + ["%end"]).map { "\($0)\n" }.joined()
    }

    private var server: String {
        release.generation == 7 && release.product == .enterpriseLinux
            ? "@^infrastructure-server-environment" : "@^server-product-environment"
    }

    private var minimal: String {
        switch release.product {
        // Fedora's server medium has no environment of that kind; the group is there with each.
        case .fedora: "@core"
        case .enterpriseLinux where release.generation == 7: "@^minimal"
        default: "@^minimal-environment"
        }
    }

    private var cluster: [String] {
        [
            "gcc", "gcc-c++", "gcc-gfortran", "make", "git", "environment-modules", "hwloc", "numactl", "rdma-core",
            "nfs-utils", "rsync", "tar", "chrony",
        ]
    }

    /// Enterprise Linux sets memory aside for the dump of a crashed kernel unless it is told not to.
    var addons: String {
        variant == .hpc && release.product == .enterpriseLinux ? "\n%addon com_redhat_kdump --disable\n%end\n" : ""
    }
}
