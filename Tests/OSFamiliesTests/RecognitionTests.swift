import MusterBase
import OSFamilies
import TestSupport
import Testing

@Suite("recognising media")
struct RecognitionTests {
    @Test("a medium is taken for what it is, by what is on it", arguments: Sample.all)
    func recognised(sample: Sample) throws {
        let found = try MediumDescription.recognise(sample.listing)
        #expect(found.family == sample.family)
        #expect(found.distribution == sample.distribution)
        #expect(found.version == sample.version)
        #expect(found.architecture == sample.architecture)
        #expect(found.variant == sample.variant)
        #expect(found.defaultName == sample.name)
        #expect(found.kernel == sample.kernel)
        #expect(found.initramfs == sample.initramfs)
        #expect(found.bootFiles == sample.bootFiles)
        #expect(MediumName.isValid(found.defaultName))
    }

    @Test("all families have a sample, and those of one family have different names")
    func complete() {
        #expect(Set(Sample.all.map(\.family)) == Set(OSFamily.allCases))
        #expect(Set(Sample.all.map(\.name)).count == Sample.all.count)
    }

    @Test("what a family reads of its media is read from them")
    func octets() {
        for sample in Sample.all {
            for path in Array(sample.texts.keys) + Array(sample.heads.keys) {
                #expect(MediumListing.octetsWanted(of: path) != nil, "\(sample): \(path)")
            }
        }
        #expect(MediumListing.octetsWanted(of: "BaseOS/Packages/b/bash-5.1.8-9.el9.x86_64.rpm") == nil)
    }

    @Test("of a medium that nobody knows it is said what was looked for and what was found")
    func unknown() throws {
        let listing = MediumListing(
            sourceName: "win.iso", paths: ["sources/install.wim", "bootmgr", "a\u{1B}[31m"], contents: [:])
        let error = try #require(caughtError { _ = try MediumDescription.recognise(listing) })
        #expect(error.code == .unsupported)
        for word in [
            "win.iso", ".treeinfo", "version.info", "media.1/products", "boot.cfg", "(Alpine)", "bootmgr, sources",
        ] {
            #expect(error.message.contains(word), "\(error.message)")
        }
        #expect(!error.message.contains("\u{1B}"))
        let empty = MediumListing(sourceName: "empty", paths: [], contents: [:])
        #expect(caughtError { _ = try MediumDescription.recognise(empty) }?.message.hasSuffix("Found: nothing") == true)
    }

    @Test("a medium without a file that it says it boots from is refused, and the file is named")
    func missing() throws {
        for sample in Sample.all where [.enterpriseLinux, .esxi, .flatcar, .fedoraCoreOS].contains(sample.family) {
            guard sample.variant != "live", let gone = sample.initramfs.last,
                sample.texts[".discinfo"] == nil
            else { continue }
            var cut = sample
            cut.paths.removeAll { $0 == gone }
            cut.heads[gone] = nil
            let error = try #require(caughtError { _ = try MediumDescription.recognise(cut.listing) }, "\(sample)")
            #expect(error.code == .malformed, "\(sample): \(error)")
            let stem = gone.lowercased().prefix { $0 != "." }
            #expect(error.message.lowercased().contains(stem), "\(error.message)")
        }
    }

    @Test("only Ubuntu's live discs are kept as an image, too")
    func images() throws {
        for sample in Sample.all {
            let needed = try MediumDescription.recognise(sample.listing).needsImage
            #expect(needed == (sample.family == .ubuntu && sample.variant == "live-server"), "\(sample)")
        }
    }

    @Test("the case of names on the medium does not matter")
    func capitals() throws {
        for sample in Sample.all {
            var upper = sample
            upper.paths = sample.paths.map { $0.uppercased() }
            upper.texts = Dictionary(uniqueKeysWithValues: sample.texts.map { ($0.key.uppercased(), $0.value) })
            upper.heads = Dictionary(uniqueKeysWithValues: sample.heads.map { ($0.key.uppercased(), $0.value) })
            // Names of files that are parsed are the exception: those of rpm packages, and of CoreOS.
            guard
                !sample.paths.contains(where: { $0.hasSuffix(".rpm") || $0.contains("-live-") || $0.contains("agama") })
            else { continue }
            #expect(try MediumDescription.recognise(upper.listing).family == sample.family, "\(sample)")
        }
    }
}
