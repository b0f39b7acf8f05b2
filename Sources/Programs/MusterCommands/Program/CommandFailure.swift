/// How a command ends that has said all there is to say itself: nothing more is written.
struct CommandFailure: Error {
    let exitCode: Int32

    /// Something could not be done, and it was named on standard error.
    static let failed = CommandFailure(exitCode: 1)
}
