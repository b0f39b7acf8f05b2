/// The distributions that Anaconda installs.
enum EnterpriseLinuxProduct: String, CaseIterable {
    case alma, centos, centosStream, fedora, openEuler, oracle, rhel, rocky

    /// By `family` or `name` of a `.treeinfo`; nil for those of others, such as openSUSE, which has one, too.
    init?(family: String) {
        let lower = family.lowercased()
        let leads: [(String, EnterpriseLinuxProduct)] = [
            ("rocky", .rocky), ("almalinux", .alma), ("red hat enterprise linux", .rhel),
            ("centos stream", .centosStream),
            ("centos", .centos), ("oracle linux", .oracle), ("openeuler", .openEuler), ("fedora", .fedora),
        ]
        guard let product = leads.first(where: { lower.hasPrefix($0.0) })?.1 else { return nil }
        self = product
    }

    /// The `ID` of its os-release.
    var id: String {
        switch self {
        case .alma: "almalinux"
        case .centos, .centosStream: "centos"
        case .fedora: "fedora"
        case .openEuler: "openEuler"
        case .oracle: "ol"
        case .rhel: "rhel"
        case .rocky: "rocky"
        }
    }

    /// In the names of media.
    var shortName: String {
        switch self {
        case .alma: "alma"
        case .centosStream: "centos-stream"
        case .oracle: "oracle"
        default: id
        }
    }

    var label: String {
        switch self {
        case .alma: "AlmaLinux"
        case .centos: "CentOS Linux"
        case .centosStream: "CentOS Stream"
        case .fedora: "Fedora"
        case .openEuler: "openEuler"
        case .oracle: "Oracle Linux"
        case .rhel: "Red Hat Enterprise Linux"
        case .rocky: "Rocky Linux"
        }
    }

    /// The name of its release package.
    init?(package: String) {
        switch package {
        case "almalinux-release": self = .alma
        case "centos-release", "centos-linux-release": self = .centos
        case "centos-stream-release": self = .centosStream
        case "fedora-release-common", "fedora-release": self = .fedora
        case "openEuler-release": self = .openEuler
        case "oraclelinux-release": self = .oracle
        case "redhat-release", "redhat-release-server": self = .rhel
        case "rocky-release": self = .rocky
        default: return nil
        }
    }

    /// The package's version where it says more than what `.treeinfo` or `.discinfo` told.
    func version(told: String?, package: ReleasePackage?) -> String? {
        let told = told.map { $0.hasPrefix("\(label)-") ? String($0.dropFirst(label.count + 1)) : $0 }
        guard let package, package.product == self, self != .centosStream else { return told ?? package?.version }
        guard let told else { return package.version }
        return package.version.hasPrefix("\(told).") ? package.version : told
    }
}

/// The package that says which release a tree of rpm packages is.
struct ReleasePackage: Hashable {
    let product: EnterpriseLinuxProduct
    let version: String
    /// Nil for a package of no processor.
    let architecture: String?

    /// Of several packages, the newest by their names' order.
    static func find(in listing: MediumListing) -> ReleasePackage? {
        listing.paths { $0.hasSuffix(".rpm") && $0.contains("-release-") }
            .compactMap { RPMFileName($0) }.compactMap { ReleasePackage($0) }
            .max { ($0.product.rawValue, $0.version) < ($1.product.rawValue, $1.version) }
    }

    init?(_ file: RPMFileName) {
        guard let product = EnterpriseLinuxProduct(package: file.name),
            // A package of keys, such as oraclelinux-release-el7, has another name.
            file.version.first?.isNumber == true
        else { return nil }
        self.product = product
        architecture = file.architecture == "noarch" ? nil : file.architecture
        version = Self.version(file, product)
    }

    private static func version(_ file: RPMFileName, _ product: EnterpriseLinuxProduct) -> String {
        switch product {
        case .centos where !file.version.contains("."):
            // centos-release-7-9.2009.0.el7.centos
            let minor = file.release.prefix { $0.isNumber }
            return minor.isEmpty ? file.version : "\(file.version).\(minor)"
        case .centosStream: return String(file.version.prefix { $0 != "." })
        case .openEuler: return file.version.replacing("LTS_", with: "LTS-").replacing("LTS", with: "-LTS")
        default: return file.version
        }
    }
}
