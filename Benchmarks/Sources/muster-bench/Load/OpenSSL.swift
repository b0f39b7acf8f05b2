import Foundation

/// What the load says to TLS servers, and `openssl s_time`, which makes whole new sessions: wrk resumes them.
enum OpenSSL {
    /// Clients ask for the cipher that Muster's own agent prefers, AES-128 with GCM; left alone, OpenSSL asks for AES-256
    /// first, and both servers do as they are asked.
    static func environment(_ bench: Bench) throws -> [String: String] {
        let file = "\(bench.work)/openssl.cnf"
        try bench.write(
            """
            openssl_conf = settings
            [settings]
            ssl_conf = protocols
            [protocols]
            system_default = defaults
            [defaults]
            Ciphersuites = TLS_AES_128_GCM_SHA256
            """, to: file)
        return ["OPENSSL_CONF": file]
    }

    /// Full handshakes a second, each followed by one request, from four clients on the load's processor.
    ///
    /// - Parameter size: octets that each answer's body has.
    static func newSessions(
        _ port: UInt16, path: String, size: Int, seconds: Int, server: ProcessorClock, in space: NetworkNamespace,
        _ bench: Bench
    ) throws -> Wrk.Outcome {
        let environment = try environment(bench)
        let before = try server.seconds()
        let start = now()
        let clients = try (0..<4).map { number in
            let log = "\(bench.work)/s_time-\(number)"
            unlink(log)
            return try ChildProcess(
                space.command(
                    [
                        "openssl", "s_time", "-connect", "127.0.0.1:\(port)", "-new", "-tls1_3", "-www", path, "-time",
                        String(seconds),
                    ], processor: Bench.loadProcessor), environment: environment, log: log)
        }
        for client in clients {
            guard try client.wait(seconds: Double(seconds) + 20) == 0 else { throw BenchError("openssl s_time failed") }
        }
        let time = now() - start
        let used = try server.seconds() - before
        let count = try clients.reduce(0.0) { sum, client in
            let text = (try? String(contentsOfFile: client.log ?? "", encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").last {
                $0.contains(" connections in ") && $0.contains(" real seconds")
            }
            // N connections in S real seconds, B bytes read per connection
            let words = line?.split(separator: " ") ?? []
            guard let number = words.first.flatMap({ Double($0) }), number > 0, words.count > 6,
                let octets = Int(words[6])
            else { throw BenchError("openssl s_time made no connection: \(text.suffix(200))") }
            guard octets >= size else {
                throw BenchError("openssl s_time got \(octets) octets a session instead of \(size) and a header")
            }
            return sum + number
        }
        return Wrk.Outcome(requests: count / time, octets: 0, count: count, busy: used / time)
    }
}
