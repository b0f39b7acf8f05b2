import DiskFormats
import MusterBase
import TestSupport
import Testing

@Suite("GRUB in a BIOS boot partition")
struct GRUBEmbeddingTests {
    private func bootImage() -> [UInt8] {
        var image = [UInt8](repeating: 0x11, count: 512)
        image.replaceSubrange(510..<512, with: [0x55, 0xAA])
        return image
    }

    @Test("the boot sector finds the core image, and the core image the rest of itself")
    func places() throws {
        let core = [UInt8](repeating: 0x22, count: 3 * 512 + 1)
        let embedding = try GRUBEmbedding(bootImage: bootImage(), core: core, coreSector: 0x0102_0304)
        #expect(embedding.bootCode.count == 440)
        #expect(embedding.bootCode[0x5C..<0x64] == [4, 3, 2, 1, 0, 0, 0, 0])
        #expect(embedding.bootCode[0x66..<0x68] == [0x90, 0x90])
        #expect(embedding.bootCode[0x65] == 0x11)
        #expect(embedding.core.count == 4 * 512)
        // Three sectors from the second on, to be loaded at 0x8200.
        #expect(embedding.core[500..<512] == [5, 3, 2, 1, 0, 0, 0, 0, 3, 0, 0x20, 0x08])
        #expect(embedding.core[499] == 0x22 && embedding.core[512] == 0x22)
    }

    @Test("what is no boot sector or no core image is refused")
    func refused() throws {
        let core = [UInt8](repeating: 0, count: 2048)
        var unsigned = bootImage()
        unsigned[511] = 0
        for (boot, core) in [([], core), (unsigned, core), (bootImage(), []), (bootImage(), Array(core[..<512]))] {
            let error = caughtError { _ = try GRUBEmbedding(bootImage: boot, core: core, coreSector: 2048) }
            #expect(error?.code == .malformed)
        }
        #expect(
            caughtError {
                _ = try GRUBEmbedding(
                    bootImage: bootImage(), core: [UInt8](repeating: 0, count: 512 * 65_537), coreSector: 2048)
            } != nil)
    }
}
