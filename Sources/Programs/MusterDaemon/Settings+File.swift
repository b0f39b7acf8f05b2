import LinuxSystem
import MusterBase

extension Settings {
    /// Reads the settings from a file. One that does not exist stands for the defaults, which serve no network.
    ///
    /// - Parameter isRequired: true when the file was named by the operator.
    package static func read(_ path: String, isRequired: Bool) throws -> Settings {
        let text: String
        do {
            text = try Files.readText(path, limit: 1 << 20)
        } catch let error as MusterError where error.code == .notFound {
            // A link to nothing is a mistake, and no wish for the defaults.
            if let target = Files.linkTarget(path) {
                throw MusterError(.notFound, "the settings file \(path) is a link to \(target), which is not there")
            }
            if isRequired { throw MusterError(.notFound, "there is no settings file \(path)") }
            return Settings()
        }
        return try Settings(yaml: text, file: path)
    }

    /// What is not wrong with the settings themselves, and yet keeps a network from being served now.
    ///
    /// - Parameter hasInterface: whether this host has an interface of that name.
    public func warnings(hasInterface: (String) -> Bool) -> [String] {
        networks.map(\.interface).filter { !hasInterface($0) }.map {
            "there is no interface '\($0)' on this host now: its network is not served before there is"
        }
    }

    /// Whether this host has an interface of that name.
    static func hasInterface(_ name: String) -> Bool { Files.exists("/sys/class/net/\(name)") }

    /// What is served, in lines for people.
    var summary: String {
        guard !networks.isEmpty else { return "no network is served: only the operators' socket is opened" }
        return networks.map { network in
            let range = network.dynamicRange.map { ", dynamic range \($0.lowerBound)-\($0.upperBound)" } ?? ""
            switch network.mode {
            case .own: return "\(network.interface): DHCP with addresses\(range)"
            case .proxy: return "\(network.interface): proxy DHCP beside another server"
            }
        }.joined(separator: "\n")
    }
}
