import MusterAPI
import MusterBase
import OSFamilies

/// The answers that debian-installer gets on a machine: the profile's, and behind them, so that they prevail, the machine's
/// own (Debian's installation guide, appendix B). Values that cannot stand in a line are left out.
package struct DebianAnswers: Sendable {
    package let configuration: NodeConfiguration
    package let boot: NetworkState

    package init(configuration: NodeConfiguration, boot: NetworkState) {
        self.configuration = configuration
        self.boot = boot
    }

    /// - Parameter profile: the profile's answers.
    package func text(after profile: String) -> String {
        let all = names + NetcfgAnswers(plan).lines + access + place + disk(after: profile)
        let own = all.filter { !$0.contains(where: \.isNewline) }
        return profile + (profile.hasSuffix("\n") ? "" : "\n")
            + "\n# Of this machine, by Muster.\n" + own.map { "\($0)\n" }.joined()
    }

    private var names: [String] {
        [
            "d-i netcfg/get_hostname string \(configuration.hostname)",
            "d-i netcfg/hostname string \(configuration.hostname)",
            "d-i netcfg/get_domain string \(plan.domain?.text ?? "")",
        ]
    }

    private var plan: NetworkPlan { NetworkPlan(of: configuration, on: boot) }

    /// Without a password nobody logs in as root but by a key: `*` is no hash of anything. (`!` would be asked about.)
    private var access: [String] {
        [
            "d-i passwd/root-login boolean true",
            "d-i passwd/root-password-crypted password \(configuration.rootPasswordCrypt ?? "*")",
        ]
    }

    private var place: [String] {
        var lines = language
        lines.append("d-i keyboard-configuration/xkb-keymap select \(word(configuration.keyboard) ?? "us")")
        let zone = configuration.timeZone.flatMap { IdentityFiles.isPlainPath($0) ? $0 : nil }
        lines.append("d-i time/zone string \(zone ?? "Etc/UTC")")
        if let server = configuration.ntpServers.first { lines.append("d-i clock-setup/ntp-server string \(server)") }
        return lines
    }

    /// Of a locale without a language the installer asks for the country, which then says where the mirrors are, and no more.
    private var language: [String] {
        guard let locale = word(configuration.locale), !["C", "POSIX"].contains(locale.prefix { $0 != "." }) else {
            return ["d-i debian-installer/language string C", "d-i debian-installer/country string US"]
        }
        return ["d-i debian-installer/locale string \(locale)"]
    }

    private func word(_ text: String?) -> String? { text.flatMap { IdentityFiles.isWord($0) ? $0 : nil } }

    /// The disk is chosen when the installer has found the disks.
    private func disk(after profile: String) -> [String] {
        let own = Self.answer(to: "partman/early_command", in: profile).map { " && ( \($0) )" } ?? ""
        let arguments = configuration.install?.kernelArguments.joined(separator: " ") ?? ""
        return [
            "d-i partman/early_command string /usr/lib/muster/debian-disk\(own)",
            "d-i debian-installer/add-kernel-opts string \(arguments)",
        ]
    }

    /// Octets of the smallest disk that a profile's answers want: Debian 13's recipe `atomic` makes a root of 8 GB, swap space
    /// and a partition for the boot loader at least. Of others it is not known.
    package static func leastDisk(for profile: String) -> Int64 {
        let isOwn = answer(to: "partman-auto/expert_recipe", in: profile) != nil
        let isStandard = answer(to: "partman-auto/choose_recipe", in: profile) == "atomic"
        return isStandard && !isOwn ? 9_500_000_000 : 2_000_000_000
    }

    /// What a preseed file says to a question, at last.
    package static func answer(to question: String, in text: String) -> String? {
        var found: String?
        var begun = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            // Such a line goes on in the next.
            if line.hasSuffix("\\") {
                begun += line.dropLast() + " "
                continue
            }
            let words = (begun + line).split(maxSplits: 3, whereSeparator: { $0 == " " || $0 == "\t" })
            begun = ""
            if words.count == 4, words[0] == "d-i", words[1] == question { found = String(words[3]) }
        }
        return found
    }
}
