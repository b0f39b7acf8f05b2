import Media
import MusterAPI
import MusterBase
import Profiles

/// The profile that an import makes of its medium, where none points to it.
struct FirstProfile {
    /// Its name; nil when none was made.
    let made: String?
    /// What was done, or why nothing was: for people.
    let words: String

    init(of medium: MediumRecord, in state: StateDirectory) throws {
        let store = try ProfileStore(publicDirectory: state.publicDirectory)
        let users = try store.media.profiles(using: medium.name, in: state.profileDirectories)
        guard users.isEmpty else {
            (made, words) = (nil, "profiles that point to it: \(users.joined(separator: ", "))")
            return
        }
        let name = medium.name
        do {
            _ = try store.createFromMedium(name, medium: medium)
        } catch let error as MusterError where [.unsupported, .alreadyExists, .invalidInput].contains(error.code) {
            let other = error.code == .unsupported ? "" : "; make one: muster profile create NAME \(name)"
            (made, words) = (nil, "no profile was made of it: \(error.message)\(other)")
            return
        }
        try Ownership.settle(state)
        (made, words) = (name, "made the profile \(name) of it; put it on nodes: muster deploy NODES \(name)")
    }
}
