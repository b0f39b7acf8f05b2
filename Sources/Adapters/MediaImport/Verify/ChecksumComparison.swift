import Media
import MusterBase
import OSFamilies

/// Compares a medium's files with its lists of checksums while they are read.
struct ChecksumComparison {
    /// The strongest checksum that any list has of a file.
    private var expected: [String: (sum: ExpectedChecksum, list: Int)] = [:]
    private let lists: [ChecksumList]
    private var named: [Int]
    private var algorithms: [ExpectedChecksum.Algorithm?]
    private var matched: [Int]
    private var unlisted = 0
    private var wrong: [String] = []
    /// Of files that were taken, for their further names.
    private var taken: [String: DigestWorker.Digests] = [:]

    /// - Parameter contents: of the lists, by path.
    init(_ lists: [ChecksumList], contents: [String: [UInt8]]) {
        self.lists = lists
        named = Array(repeating: 0, count: lists.count)
        algorithms = Array(repeating: nil, count: lists.count)
        matched = named
        for (index, list) in lists.enumerated() {
            for sum in list.checksums(in: contents[list.path] ?? []) {
                if (algorithms[index]?.strength ?? -1) < sum.algorithm.strength { algorithms[index] = sum.algorithm }
                guard (expected[sum.path]?.sum.algorithm.strength ?? -1) < sum.algorithm.strength else { continue }
                expected[sum.path] = (sum, index)
            }
        }
        for (_, list) in expected.values { named[list] += 1 }
    }

    /// The algorithm that a file's checksum is of; nil when no list names it.
    func algorithm(of path: String) -> ExpectedChecksum.Algorithm? { expected[path]?.sum.algorithm }

    mutating func take(_ path: String, _ digests: DigestWorker.Digests) {
        taken[path] = digests
        compare(path, digests)
    }

    /// Another name of a file that was taken.
    mutating func takeName(_ path: String, of first: String) {
        guard let digests = taken[first] else { return }
        let algorithm = algorithm(of: path)
        // Its digest was computed for the first name, which another list may name.
        guard algorithm == nil || algorithm == .sha256 || algorithm == self.algorithm(of: first) else {
            unlisted += 1
            return
        }
        compare(path, digests)
    }

    private mutating func compare(_ path: String, _ digests: DigestWorker.Digests) {
        guard let (sum, list) = expected[path] else {
            if !lists.contains(where: { $0.path == path || $0.signature == path }) { unlisted += 1 }
            return
        }
        let found = sum.algorithm == .sha256 ? digests.content.octets : digests.other
        if found == sum.digest { matched[list] += 1 } else { wrong.append("\(path) (\(lists[list].path))") }
    }

    /// - Parameter signatures: of the lists, in their order.
    /// - Throws: ``MusterError`` `verificationFailed` that names files whose checksum is another.
    func result(signatures: [MediumVerification.Signature]) throws(MusterError) -> MediumVerification {
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
                    absent: named[index] - matched[index],
                    signature: index < signatures.count ? signatures[index] : .none))
        }
        return result
    }
}
