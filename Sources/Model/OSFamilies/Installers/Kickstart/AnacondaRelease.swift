/// Which Anaconda a system is installed by, as far as its answers differ.
struct AnacondaRelease: Sendable, Hashable {
    enum Product: Sendable, Hashable {
        case enterpriseLinux, fedora, openEuler
    }

    let product: Product
    /// The Enterprise Linux whose Anaconda it has, or one close to it: 7, 8, 9, 10.
    let generation: Int

    init(_ system: InstalledSystem) {
        let major = system.majorVersion
        switch system.distribution {
        case "fedora":
            product = .fedora
            generation =
                switch major ?? 42 {
                case ..<28: 7
                case ..<33: 8
                case ..<40: 9
                default: 10
                }
        case "openEuler":
            product = .openEuler
            // 20.03 has Anaconda 29, 22.03 has 36, 24.03 has 39.
            generation = (major ?? 24) < 21 ? 8 : 9
        default:
            product = .enterpriseLinux
            generation = min(max(major ?? 9, 7), 10)
        }
    }

    /// `timesource` is a command since Fedora 33.
    var hasTimeSource: Bool { generation >= 9 }
}
