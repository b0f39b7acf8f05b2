import Glibc
import Lab
import LinuxSystem
import MusterBase
import Testing

/// A second server of a site beside the first in the lab's network, on other ports: the same keys, and a public tree of
/// its own with the same files.
struct Mirror {
    let directory: String
    private let site: SystemSite

    init(of site: SystemSite) async throws {
        self.site = site
        directory = "\(site.stateDirectory)/mirror"
        _ = try await site.onHost(
            """
            set -e; rm -rf '\(directory)'; mkdir -p '\(directory)'; mkdir -m 0700 '\(directory)/private'
            cp -a '\(site.stateDirectory)/private/site' '\(directory)/private/site'
            rm -f '\(directory)/private/site/member.pem'
            cp -a --link '\(site.stateDirectory)/public' '\(directory)/public'
            """)
        // Nobody asks it for an address there.
        try AtomicFile.write(
            """
            networks:
              - interface: muster0
            http_port: 8080
            https_port: 8443
            tftp_port: 6969
            dhcp_port: 6767

            """, to: "\(directory)/muster.yaml")
    }

    var service: LabService {
        LabService(
            name: "mirror", executable: "\(site.programs)/musterd", arguments: ["--state-dir", directory],
            socket: directory + "/muster.sock")
    }

    /// Turns one bit over in the middle of each so many-th chunk of the version that machines boot; those of the first
    /// server stay as they are.
    ///
    /// - Returns: the paths of these chunks below the public directory.
    func turnOverChunks(oneIn step: Int) throws -> [String] {
        let chunks = try site.manifest.root.chunks.map(\.path)
        let wrong = stride(from: 0, to: chunks.count, by: step).map { chunks[$0] }
        for path in Set(wrong) {
            var octets = try Files.read("\(directory)/public\(path)")
            octets[octets.count / 2] ^= 1
            try AtomicFile.write(octets, to: "\(directory)/public\(path)")
        }
        return wrong
    }

    /// Puts the chunks of the first server in their place.
    func putRight(_ paths: [String]) throws {
        for path in Set(paths) {
            try AtomicFile.write(
                Files.read("\(site.stateDirectory)/public\(path)"), to: "\(directory)/public\(path)")
        }
    }
}
