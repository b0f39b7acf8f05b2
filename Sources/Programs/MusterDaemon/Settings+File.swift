import LinuxSystem
import MusterBase

extension Settings {
    /// Reads the settings from a file. One that does not exist stands for the defaults, which serve no network.
    ///
    /// - Parameter isRequired: true when the file was named by the operator.
    static func read(_ path: String, isRequired: Bool) throws -> Settings {
        guard Files.exists(path) else {
            if isRequired { throw MusterError(.invalidInput, "there is no settings file \(path)") }
            return Settings()
        }
        return try Settings(yaml: try Files.readText(path, limit: 1 << 20), file: path)
    }

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
