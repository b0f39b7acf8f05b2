import Glibc
import LinuxSystem
import MusterAPI
import MusterBase

/// Refuses a state directory that others may change, or look into where it is private.
///
/// - Parameter ownGroup: The group of the service, whose members are its own people.
/// - Throws: ``MusterError`` with code `forbidden` that says what to do. What is not there is told of elsewhere.
package func checkPermissions(of directory: StateDirectory, ownGroup: UInt32 = getegid()) throws(MusterError) {
    try unlessMissing { () throws(MusterError) in
        try FilePermissions.refuseWritableByOthers(directory.path, ownGroup: ownGroup)
    }
    try unlessMissing { () throws(MusterError) in try FilePermissions.refuseOpenToOthers(directory.privateDirectory) }
}

private func unlessMissing(_ check: () throws(MusterError) -> Void) throws(MusterError) {
    do throws(MusterError) {
        try check()
    } catch {
        if error.code != .notFound { throw error }
    }
}
