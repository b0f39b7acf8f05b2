import Foundation

/// nginx with one worker.
enum NginxServer {
    /// One way to set it: it listens with each on ports of its own.
    struct Variant {
        var name: String
        var (http, https): (UInt16, UInt16)
    }

    private static let usual = Variant(name: "nginx", http: 8081, https: 8444)
    /// Small answers leave sooner with it or without, depending on the machine.
    private static let eager = Variant(name: "nginx, tcp_nopush off", http: 8082, https: 8445)

    static func variants(for smallFiles: Bool) -> [Variant] { smallFiles ? [usual, eager] : [usual] }

    /// - Parameter certificate: PEM with the chain and the key; the same as Muster shows.
    static func start(
        _ root: String, certificate: String, in space: NetworkNamespace, _ bench: Bench
    ) throws -> ChildProcess {
        let directory = try bench.directory("nginx")
        // sendfile and open_file_cache: its fastest way for files on disk. No access log; connections are kept. TLS:
        // records of 16 KiB (the default), read from disk in larger pieces; the load chooses the cipher for both
        // servers. Encryption in the kernel is not used: it needs a kernel with CONFIG_TLS.
        let servers = [(usual, "on"), (eager, "off")].map { variant, push in
            """
            server {
                listen 127.0.0.1:\(variant.http) backlog=1024;
                root \(root);
                tcp_nopush \(push);
              }
              server {
                listen 127.0.0.1:\(variant.https) ssl backlog=1024;
                root \(root);
                tcp_nopush \(push);
                ssl_certificate \(certificate);
                ssl_certificate_key \(certificate);
                ssl_protocols TLSv1.3;
              }
            """
        }.joined(separator: "\n  ")
        try bench.write(
            """
            daemon off;
            user root;
            worker_processes 1;
            worker_rlimit_nofile 65536;
            error_log \(directory)/error.log crit;
            pid \(directory)/pid;
            events { worker_connections 8192; use epoll; multi_accept on; }
            http {
              access_log off;
              types { }
              default_type application/octet-stream;
              sendfile on;
              tcp_nodelay on;
              keepalive_timeout 75s;
              keepalive_requests 1000000000;
              open_file_cache max=4000 inactive=600s;
              open_file_cache_valid 600s;
              output_buffers 2 256k;
              client_body_temp_path \(directory)/body;
              proxy_temp_path \(directory)/proxy;
              fastcgi_temp_path \(directory)/fastcgi;
              uwsgi_temp_path \(directory)/uwsgi;
              scgi_temp_path \(directory)/scgi;
              \(servers)
            }
            """, to: "\(directory)/nginx.conf")
        let process = try ChildProcess(
            space.command(
                ["nginx", "-p", directory, "-e", "\(directory)/error.log", "-c", "\(directory)/nginx.conf"],
                processor: Bench.serverProcessor), log: "\(directory)/log")
        try process.waitForPort(eager.https, .tcp)
        return process
    }

    /// The process that does the work.
    static func worker(of nginx: ChildProcess) throws -> ProcessorClock {
        var found: pid_t?
        try nginx.wait(until: "running its worker") {
            let path = "/proc/\(nginx.identifier)/task/\(nginx.identifier)/children"
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            found = text.split(separator: " ").first.flatMap { pid_t($0) }
            return found != nil
        }
        guard let found else { throw BenchError("nginx has no worker") }
        return ProcessorClock(identifier: found)
    }
}
