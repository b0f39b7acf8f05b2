import CertificateAuthority
import Foundation
import MusterBase
import TestSupport

/// A directory for one test's site, removed with it.
struct SiteDirectory {
    private let directory: TemporaryDirectory
    var root: URL { URL(filePath: directory.path) }
    /// Where the site is made.
    var site: String { directory.path("private/site") }

    init() throws { directory = try TemporaryDirectory() }

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
