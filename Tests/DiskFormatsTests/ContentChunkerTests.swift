import DiskFormats
import TestSupport
import Testing

@Suite("content-defined chunks")
struct ContentChunkerTests {
    private func octets(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    private func cut(_ content: [UInt8], _ chunker: ContentChunker) -> [ArraySlice<UInt8>] {
        var rest = content[...]
        var chunks: [ArraySlice<UInt8>] = []
        while !rest.isEmpty {
            let length = rest.prefix(chunker.maximum).withUnsafeBytes { chunker.firstLength(of: $0) }
            chunks.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return chunks
    }

    @Test("chunks are as long as they may be, and together they are the content")
    func lengths() {
        let content = octets(8 << 20)
        let chunks = cut(content, .images)
        #expect(chunks.reduce([]) { $0 + $1 } == content)
        #expect(chunks.dropLast().allSatisfy { (64 << 10...256 << 10).contains($0.count) })
        let average = content.count / chunks.count
        #expect((100 << 10...180 << 10).contains(average), "\(average)")
    }

    @Test("what is put in changes the chunks around it alone")
    func insertion() {
        let content = octets(8 << 20)
        let longer = Array(content[..<3_000_000]) + octets(5000, seed: 2) + content[3_000_000...]
        let before = Set(cut(content, .images).map(Array.init))
        let new = cut(longer, .images).filter { !before.contains(Array($0)) }
        #expect((1...4).contains(new.count), "\(new.count)")
    }

    @Test("content without any variety is cut at the most")
    func monotonous() {
        let chunks = cut([UInt8](repeating: 0, count: 700 << 10), .images)
        #expect(chunks.map(\.count) == [256 << 10, 256 << 10, 188 << 10])
    }

    @Test("the places where images are cut never change: else no machine finds again what it has")
    func stable() {
        let chunks = cut(octets(1 << 20, seed: 3), .images)
        #expect(chunks.map(\.count) == [181_679, 143_383, 133_281, 155_152, 132_517, 136_382, 166_182])
    }

    @Test("nothing, and less than a chunk, are chunks of their own")
    func short() {
        #expect(cut([], .images).isEmpty)
        #expect(cut([1, 2, 3], .images).map(\.count) == [3])
    }
}
