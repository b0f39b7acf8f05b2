import MusterBase
import OSFamilies
import TestSupport
import Testing

@Suite("media that were made to hurt")
struct RecognitionFuzzTests {
    @Test("whatever stands in a medium's texts, there is a description or an error, and every name is valid")
    func texts() {
        var generator = SeededGenerator(seed: 1)
        var known = 0
        for round in 0..<4000 {
            var sample = Sample.all[round % Sample.all.count]
            for (path, text) in sample.texts { sample.texts[path] = mutated(text, &generator) }
            if Bool.random(using: &generator), !sample.paths.isEmpty {
                sample.paths.remove(at: Int.random(in: 0..<sample.paths.count, using: &generator))
            }
            sample.source = mutated(sample.source, &generator)
            guard let found = try? MediumDescription.recognise(sample.listing) else { continue }
            known += 1
            #expect(MediumName.isValid(found.defaultName), "\(found.defaultName)")
            let named = [found.kernel].compactMap { $0 } + found.initramfs + found.bootFiles.map(\.path)
            #expect(named.allSatisfy { sample.listing.path($0) == $0 }, "a file that is not on the medium: \(named)")
        }
        #expect(known > 400 && known < 4000)
    }

    private func mutated(_ text: String, _ generator: inout SeededGenerator) -> String {
        var octets = Array(text.utf8)
        for _ in 0..<Int.random(in: 0...3, using: &generator) where !octets.isEmpty {
            let place = Int.random(in: 0..<octets.count, using: &generator)
            switch Int.random(in: 0...3, using: &generator) {
            case 0: octets[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: octets.removeSubrange(place..<min(octets.count, place + 9))
            case 2: octets.insert(contentsOf: Array("=-/ .\n".utf8), at: place)
            default: octets = Array(octets[..<place])
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    @Test("lists of checksums of any content give checksums of paths within the medium")
    func lists() {
        var generator = SeededGenerator(seed: 2)
        let digest = String(repeating: "ab", count: 32)
        let text = """
            SHA256:
             \(digest) 12 main/x
            \(digest)  ./pool/../../etc/passwd
            \(digest) */etc/passwd
            [checksums]
            a/b = sha256:\(digest)
            HASH SHA256 \(digest)  boot/x
            """
        for form in [ChecksumList.Form.sums, .treeinfo, .content, .release, .digests] {
            for _ in 0..<500 {
                let list = ChecksumList("dists/a/Release", form)
                for sum in list.checksums(in: Array(mutated(text, &generator).utf8)) {
                    #expect(!sum.path.hasPrefix("/") && !sum.path.split(separator: "/").contains(".."), "\(sum)")
                }
            }
        }
    }
}
