import Lab
import LinuxSystem
import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What debian-installer fetches from, in the lab: Debian's own mirror, behind two nginx, as far as it has the files; the
/// indexes of udebs, and the udebs that it lacks, from `scripts/debian-installer-mirror`. What those sign is trusted by the
/// installer and by what it installs because a script of the stage pre says so.
struct DebianMirror {
    /// Where it lies, kept from one run to the next.
    let directory: String
    private let tools = SystemToolRunner()

    static let port = 3142

    /// The installer's own files, to be imported.
    var netboot: String { "\(directory)/netboot" }

    static func ready(in stateDirectory: String) async throws -> DebianMirror {
        let mirror = DebianMirror(directory: "\(FilePathText.parent(of: stateDirectory))/debian-mirror")
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let script = Tool("mirror", candidates: ["\(repository)/scripts/debian-installer-mirror"], package: nil)
        try await mirror.tools.check(script, [mirror.directory], doing: "making the mirror for debian-installer")
        return mirror
    }

    private var socket: String { "\(directory)/upstream.sock" }

    /// Serves it in a lab's network for as long as `body` runs.
    func serve<Value: Sendable>(in lab: Lab, _ body: () async throws -> Value) async throws -> Value {
        try write(
            "upstream", "listen unix:\(socket);",
            """
            location / {
                proxy_pass http://deb.debian.org; proxy_set_header Host deb.debian.org; proxy_http_version 1.1;
                proxy_cache files; proxy_cache_valid 200 7d; proxy_cache_lock on;
            }
            """, http: "proxy_cache_path \(directory)/cache keys_zone=files:10m max_size=4g inactive=30d;")
        try write(
            "mirror", "listen 10.88.0.1:\(Self.port);",
            """
            location /debian/ { alias \(directory)/tree/; error_page 404 = @upstream; log_not_found off; }
            location @upstream { proxy_pass http://unix:\(socket):; proxy_max_temp_file_size 0; }
            """)
        if Files.exists(socket) { try Files.remove(socket) }
        let nginx = Tool("nginx", candidates: ["/usr/sbin/nginx"], package: "nginx-light")
        return try await withThrowingTaskGroup(of: Value?.self) { [tools] group in
            group.addTask {
                try await tools.check(nginx, ["-c", "\(directory)/upstream.conf"], doing: "serving Debian's mirror")
                return nil
            }
            group.addTask {
                _ = try await lab.run(["nginx", "-c", "\(directory)/mirror.conf"])
                return nil
            }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    private func write(_ name: String, _ listen: String, _ locations: String, http: String = "") throws {
        try AtomicFile.write(
            """
            daemon off; worker_processes 1; pid \(directory)/\(name).pid; error_log \(directory)/\(name).log;
            user root;
            events {}
            http {
                access_log off; sendfile on; client_body_temp_path \(directory)/\(name).body;
                proxy_temp_path \(directory)/\(name).tmp; fastcgi_temp_path \(directory)/\(name).fcgi;
                uwsgi_temp_path \(directory)/\(name).uwsgi; scgi_temp_path \(directory)/\(name).scgi;
                \(http)
                server { \(listen)
                    \(locations)
                }
            }

            """, to: "\(directory)/\(name).conf")
    }

    /// A script of the stage pre: the installer, and what it installs, trust the key of the indexes.
    func trustScript() throws -> String {
        let key = Data(try Files.read("\(directory)/key.gpg")).base64EncodedString()
        return """
            #!/bin/sh
            set -e
            echo \(key) | base64 -d > /usr/share/keyrings/muster-test.gpg
            cat /usr/share/keyrings/muster-test.gpg >> /usr/share/keyrings/debian-archive-keyring.gpg
            mkdir -p /usr/lib/base-installer.d
            cat > /usr/lib/base-installer.d/05muster-test <<'END'
            #!/bin/sh
            mkdir -p /target/etc/apt/trusted.gpg.d
            cp /usr/share/keyrings/muster-test.gpg /target/etc/apt/trusted.gpg.d/
            END
            chmod +x /usr/lib/base-installer.d/05muster-test

            """
    }
}
