/// tftpd-hpa: a process a transfer.
enum TFTPDServer {
    static func start(
        _ root: String, address: String, port: UInt16, in space: NetworkNamespace, _ bench: Bench
    ) throws -> ChildProcess {
        let process = try ChildProcess(
            space.command(
                [
                    "in.tftpd", "--foreground", "--address", "\(address):\(port)", "--user", "root", "--secure", root,
                ], processor: Bench.serverProcessor), log: "\(bench.work)/tftpd.log")
        try process.waitForPort(port, .udp)
        return process
    }
}
