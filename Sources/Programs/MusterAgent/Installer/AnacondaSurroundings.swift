import LinuxSystem
import MusterBase
import OSFamilies

/// Anaconda: an initramfs made by dracut, which fetches the installer's own root (Anaconda's boot options; dracut.cmdline(7)).
package struct AnacondaSurroundings: InstallerSurroundings {
    package init() {}

    package func parameters(_ plan: NetworkPlan, medium: String) -> [AnswerFile] {
        let arguments = ["rd.neednet=1"] + DracutNetwork(plan).arguments + ["inst.stage2=\(medium)"]
        return [AnswerFile(.start, "/etc/cmdline.d/50-muster.conf", arguments.map { "\($0)\n" }.joined())]
    }

    package func network(_ plan: NetworkPlan) -> String {
        KickstartNetwork(plan).lines(hostName: nil).map { "\($0)\n" }.joined()
    }

    package let leastDisk: Int64 = 8_000_000_000
    /// The latter until EL 7.
    package let targets = ["/mnt/sysroot", "/mnt/sysimage"]
    package let log = "/tmp/anaconda.log"

    /// `… INF installation: Task started: Installing the software (7/12)`
    package func word(of line: String) -> InstallerLog.Word? {
        if let task = text(behind: "Task started: ", in: line) { return .begins(task) }
        return text(behind: "The installation was stopped due to an error", in: line).map { .failed("Anaconda\($0)") }
    }

    private func text(behind lead: String, in line: String) -> String? {
        guard let found = line.firstRange(of: lead) else { return nil }
        let text = line[found.upperBound...].prefix { $0 != "(" }
        return text.last == " " ? String(text.dropLast()) : String(text)
    }

    package func isBootEntry(_ name: String) -> Bool {
        ["Rocky Linux", "AlmaLinux", "Red Hat Enterprise Linux", "CentOS", "Oracle Linux", "openEuler", "Fedora"]
            .contains { name.hasPrefix($0) }
    }

    /// What was written from outside has no labels: SELinux would keep sshd and the agent from it.
    package func finish(_ system: ForeignRoot, written: [String]) async throws {
        guard system.has(.restorecon) else { return }
        let rules = "/etc/selinux/targeted/contexts/files/file_contexts.local"
        // As what it is: a program that anything may be done by.
        let rule = "\(AgentFiles.executable) -- system_u:object_r:bin_t:s0\n"
        let old = system.tree.text(rules) ?? ""
        if !old.contains(rule) { try system.tree.apply([.text(rules, old + rule)]) }
        _ = try await system.check(
            .restorecon, ["-F", "-R"] + written, doing: "labelling what was written to the installed system")
    }
}
