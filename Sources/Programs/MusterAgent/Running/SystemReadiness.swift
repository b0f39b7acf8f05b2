import LinuxSystem
import MusterBase
import NIOCore
import NIOPosix

/// Whether the deployed system is really up: systemd reached multi-user, and the SSH server answers.
struct SystemReadiness: Sendable {
    let tools: any ToolRunner
    let group: any EventLoopGroup
    /// True when the image has an SSH server.
    let hasSSHServer: Bool

    /// What is still missing, in words; nil when the system is up.
    func missing() async -> String? {
        if let target = await missingTarget() { return target }
        guard hasSSHServer else { return nil }
        return await answersSSH() ? nil : "the SSH server does not answer on port 22"
    }

    private func missingTarget() async -> String? {
        guard Tool.systemctl.installedPath != nil else { return nil }
        guard let result = try? await tools.run(.systemctl, ["is-active", "multi-user.target"]) else {
            return "systemctl cannot be run"
        }
        return result.exitCode == 0 ? nil : "multi-user.target is not reached"
    }

    /// The units that failed, for a report.
    func failedUnits() async -> [String] {
        guard let result = try? await tools.run(.systemctl, ["list-units", "--failed", "--plain", "--no-legend"]) else {
            return []
        }
        return result.text.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    /// Connects and reads the banner that every SSH server begins with (RFC 4253, section 4.2).
    private func answersSSH() async -> Bool {
        do {
            let channel = try await ClientBootstrap(group: group).connectTimeout(.seconds(2))
                .connect(host: "127.0.0.1", port: 22) { channel in
                    // One that takes connections and says nothing does not answer.
                    channel.eventLoop.scheduleTask(in: .seconds(3)) { channel.close(promise: nil) }
                    return channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                    }
                }
            return try await channel.executeThenClose { input, _ in
                for try await buffer in input { return buffer.readableBytesView.starts(with: "SSH-".utf8) }
                return false
            }
        } catch {
            return false
        }
    }
}
