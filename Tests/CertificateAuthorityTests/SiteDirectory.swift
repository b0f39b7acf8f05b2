import CertificateAuthority
import Foundation
import MusterBase

/// A directory for one test's site, removed with it.
final class SiteDirectory {
    let root: URL
    /// Where the site is made.
    var site: String { root.appending(path: "private/site").path }

    init() throws {
        root = FileManager.default.temporaryDirectory.appending(path: "muster-site-\(UUID())")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    func create(at now: Timestamp = noon) throws -> SiteAuthority {
        try SiteAuthority.create(at: site, siteName: "alpha", clock: WallClock { now })
    }

    func open(at now: Timestamp = noon) throws -> SiteAuthority {
        try SiteAuthority.open(at: site, clock: WallClock { now })
    }

    /// The permission bits of a file under the root.
    func mode(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? -1
    }
}

/// 2026-01-01 12:00 UTC.
let noon = Timestamp(seconds: 1_767_268_800)
let day: Int64 = 86_400

/// The code of the ``MusterError`` that `body` throws.
func errorCode(_ body: () throws -> Void) -> MusterError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? MusterError)?.code
    }
}
