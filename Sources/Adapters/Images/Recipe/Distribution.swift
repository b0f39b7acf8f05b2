extension Recipe {
    /// A program that installs packages, and all distributions that use it.
    public enum Family: Sendable, Hashable {
        /// By way of mmdebstrap.
        case apt
        case dnf
        case zypper
        case apk
    }

    /// An operating system that can be built, by the name that its os-release has.
    public enum Distribution: String, Sendable, CaseIterable {
        case debian
        case ubuntu
        case rocky
        case alma = "almalinux"
        case centos
        case rhel
        case oracle = "ol"
        case fedora
        case openEuler = "openeuler"
        case leap = "opensuse-leap"
        case tumbleweed = "opensuse-tumbleweed"
        case sles
        case alpine

        public var family: Family {
            switch self {
            case .debian, .ubuntu: .apt
            case .rocky, .alma, .centos, .rhel, .oracle, .fedora, .openEuler: .dnf
            case .leap, .tumbleweed, .sles: .zypper
            case .alpine: .apk
            }
        }

        /// The smallest of its kernels that boots most machines.
        func kernel(for architecture: Recipe.Architecture) -> String {
            switch self {
            case .debian: "linux-image-cloud-\(architecture.rawValue)"
            case .ubuntu: "linux-image-virtual"
            case .openEuler: "kernel"
            case .rocky, .alma, .centos, .rhel, .oracle, .fedora: "kernel-core"
            case .leap, .tumbleweed, .sles: "kernel-default"
            case .alpine: "linux-lts"
            }
        }
    }
}
