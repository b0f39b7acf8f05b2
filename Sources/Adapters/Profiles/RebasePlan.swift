import LinuxSystem
import MusterBase

/// Decides what becomes of each file, and changes nothing.
struct RebasePlan {
    let directory: String
    let origin: ProfileOrigin?
    let stock: ProfileStock
    let target: ProfileOrigin
    let choices: ProfileRebaseChoices

    private typealias Outcome = ProfileRebase.Outcome

    func files() async throws -> [ProfileRebase.File] {
        let names = Set(origin?.files ?? []).union(stock.files.map(\.path)).sorted()
        if let unknown = choices.resolved.subtracting(names).min() {
            throw MusterError(
                .invalidInput, "'\(unknown)' is no file that Muster wrote into the profile",
                advice: "there are: \(names.joined(separator: ", "))")
        }
        var files: [ProfileRebase.File] = []
        for name in names { files.append(try await file(name)) }
        return files
    }

    private func file(_ path: String) async throws -> ProfileRebase.File {
        let new = stock.text(path).map { Array($0.utf8) }
        let own = try ownText(path)
        guard let origin else { return adopted(path, own, new) }
        let base = origin.files.contains(path) ? try ProfileOrigin.text(of: path, in: directory) : nil
        if base == new { return .init(path: path, outcome: .unchanged) }
        if own == new { return .init(path: path, outcome: .resolved) }
        if own == base, !isLink(path) { return followed(path, base, new) }
        if choices.resolved.contains(path) { return .init(path: path, outcome: .resolved) }
        if base != nil, let new, own != nil, let merge = choices.merge {
            let texts = ThreeTexts(
                ownPath: "\(directory)/\(path)", basePath: "\(directory)/\(ProfileOrigin.textPath(path))", new: new)
            if let merged = try await merge(texts) { return .init(path: path, outcome: .merged, write: .text(merged)) }
        }
        return .init(path: path, outcome: .kept, diff: diff(path, base, new))
    }

    private func followed(_ path: String, _ base: [UInt8]?, _ new: [UInt8]?) -> ProfileRebase.File {
        let outcome: Outcome = base == nil ? .added : new == nil ? .removed : .updated
        return .init(
            path: path, outcome: outcome, diff: outcome == .updated ? diff(path, base, new) : nil,
            write: new.map { .text($0) } ?? .removal)
    }

    /// Without a record: nothing of the administrator's is touched, and Muster's present text is what later ones are compared
    /// with.
    private func adopted(_ path: String, _ own: [UInt8]?, _ new: [UInt8]?) -> ProfileRebase.File {
        guard own != new else { return .init(path: path, outcome: .unchanged) }
        guard own != nil else {
            return .init(path: path, outcome: .added, write: new.map { .text($0) })
        }
        return .init(path: path, outcome: .resolved, diff: diff(path, own, new))
    }

    /// Nil when there is none.
    private func ownText(_ path: String) throws -> [UInt8]? {
        do {
            return try Files.read("\(directory)/\(path)", limit: ProfileRebase.sizeLimit)
        } catch let error as MusterError where error.code == .notFound {
            return nil
        }
    }

    /// What the administrator shares between profiles is theirs, whatever it says.
    private func isLink(_ path: String) -> Bool { Files.linkTarget("\(directory)/\(path)") != nil }

    private func diff(_ path: String, _ old: [UInt8]?, _ new: [UInt8]?) -> String {
        func text(_ octets: [UInt8]?) -> String { String(decoding: octets ?? [], as: UTF8.self) }
        return UnifiedDiff(from: text(old), to: text(new)).text("a/\(path)", "b/\(path)")
    }
}
