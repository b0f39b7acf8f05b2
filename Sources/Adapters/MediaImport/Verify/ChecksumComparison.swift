import Media
import MusterBase
import OSFamilies

/// Compares a medium's files with its lists of checksums while they are read.
struct ChecksumComparison {
    /// The checksum of a file that counts: of a list with a good signature before all others, then the strongest. Who adds a
    /// list to a medium cannot take files from one that is signed.
    private var expected: [EntryPath: (sum: ExpectedChecksum, list: Int)] = [:]
    private let lists: [ChecksumList]
    private let signatures: [MediumVerification.Signature]
    /// The lists and their signatures: nothing names them.
    private let ownFiles: Set<EntryPath>
    private let furtherNames: [EntryPath: [EntryPath]]
    private var named: [Int]
    private var algorithms: [ExpectedChecksum.Algorithm?]
    private var matched: [Int]
    private var unlisted = 0
    private var wrong: [String] = []
    /// Of files that were taken and have further names.
    private var taken: [EntryPath: DigestWorker.Digests] = [:]

    /// - Parameters:
    ///   - signatures: of the lists, in their order.
    ///   - scan: has the lists' contents, and the names of files that have several.
    init(_ lists: [ChecksumList], signatures: [MediumVerification.Signature], _ scan: MediumScan) {
        self.lists = lists
        self.signatures = lists.indices.map { $0 < signatures.count ? signatures[$0] : .none }
        ownFiles = Set(lists.flatMap { [$0.path, $0.signature].compactMap { $0 } }.map { EntryPath($0) })
        furtherNames = scan.furtherNames
        named = Array(repeating: 0, count: lists.count)
        algorithms = Array(repeating: nil, count: lists.count)
        matched = named
        for (index, list) in lists.enumerated() {
            for sum in list.checksums(in: scan.lists[EntryPath(list.path)] ?? []) {
                if (algorithms[index]?.strength ?? -1) < sum.algorithm.strength { algorithms[index] = sum.algorithm }
                let path = EntryPath(sum.path)
                if let other = expected[path], rank(other.sum, of: other.list) >= rank(sum, of: index) { continue }
                expected[path] = (sum, index)
            }
        }
        for (_, list) in expected.values { named[list] += 1 }
    }

    private func rank(_ sum: ExpectedChecksum, of list: Int) -> (Int, Int) {
        (signatures[list].state == .good ? 1 : 0, sum.algorithm.strength)
    }

    /// The algorithms that checksums of a file are of, under any of its names; none when no list names it.
    func algorithms(of path: String) -> Set<ExpectedChecksum.Algorithm> {
        let first = EntryPath(path)
        return Set(([first] + (furtherNames[first] ?? [])).compactMap { expected[$0]?.sum.algorithm })
    }

    mutating func take(_ path: String, _ digests: DigestWorker.Digests) {
        let path = EntryPath(path)
        if furtherNames[path] != nil { taken[path] = digests }
        compare(path, digests)
    }

    /// Another name of a file that was taken.
    ///
    /// - Throws: ``MusterError`` `malformed` when there was none.
    mutating func takeName(_ path: String, of first: String) throws(MusterError) {
        guard let digests = taken[EntryPath(first)] else {
            throw MusterError(.malformed, "the medium has a second name for a file that it has not: \(path)")
        }
        taken[EntryPath(path)] = digests
        compare(EntryPath(path), digests)
    }

    private mutating func compare(_ path: EntryPath, _ digests: DigestWorker.Digests) {
        guard let (sum, list) = expected[path] else {
            if !ownFiles.contains(path) { unlisted += 1 }
            return
        }
        let found = sum.algorithm == .sha256 ? digests.content.octets : digests.others[sum.algorithm]
        if found == sum.digest { matched[list] += 1 } else { wrong.append("\(path.text) (\(lists[list].path))") }
    }

    /// - Throws: ``MusterError`` `verificationFailed` that names files whose checksum is another.
    func result() throws(MusterError) -> MediumVerification {
        guard wrong.isEmpty else {
            let more = wrong.count > 3 ? ", and \(wrong.count - 3) more" : ""
            throw MusterError(
                .verificationFailed,
                "the medium is damaged: other checksums than its own lists say have "
                    + wrong.sorted().prefix(3).joined(separator: ", ") + more,
                advice: "get it again")
        }
        var result = MediumVerification()
        result.unlisted = unlisted
        for (index, list) in lists.enumerated() {
            result.lists.append(
                .init(
                    path: list.path, algorithm: algorithms[index], matched: matched[index],
                    absent: named[index] - matched[index], signature: signatures[index]))
        }
        return result
    }
}
