/// The log of debian-installer.
package enum DebianInstallerLog {
    static let path = "/var/log/syslog"

    /// The main menu's words (debian-installer's main-menu.c): `Menu item 'netcfg' selected`, `Configuring 'netcfg' failed
    /// with error code 1`.
    @Sendable package static func word(of line: String) -> InstallerLog.Word? {
        guard line.split(separator: " ").contains(where: { $0.hasPrefix("main-menu[") }) else { return nil }
        let parts = line.split(separator: "'", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        if parts[0].hasSuffix("Menu item "), parts[2].hasPrefix(" selected") { return .begins(String(parts[1])) }
        let isFailure = parts[0].hasSuffix("Configuring ") && parts[2].hasPrefix(" failed with error code")
        return isFailure ? .failed(String(parts[1])) : nil
    }
}
