import MusterBase
import OSFamilies
import TestSupport
import Testing

@Suite("lists of checksums")
struct ChecksumListTests {
    private let md5 = String(repeating: "a1", count: 16)
    private let sha256 = String(repeating: "b2", count: 32)
    private let sha512 = String(repeating: "c3", count: 64)

    private func read(_ path: String, _ form: ChecksumList.Form, _ text: String) -> [String] {
        ChecksumList(path, form).checksums(in: Array(text.utf8)).map {
            "\($0.path) \($0.algorithm.rawValue) \(hexText($0.digest.prefix(2)))"
        }
    }

    @Test("sums are read as md5sum and sha256sum write them, the algorithm by the length")
    func sums() {
        let text = "\(md5)  ./install.amd/vmlinuz\n\(sha256) *boot.img\n\(sha512)  a file\nnothing\n12  short\n"
        #expect(
            read("md5sum.txt", .sums, text) == [
                "install.amd/vmlinuz md5 a1a1", "boot.img sha256 b2b2", "a file sha512 c3c3",
            ])
    }

    @Test("a .treeinfo has a section of them, and the algorithm has to fit the digest")
    func treeinfo() {
        let text =
            "[checksums]\nimages/install.img = sha256:\(sha256)\nx = sha256:\(md5)\n[general]\ny = sha256:\(sha256)\n"
        #expect(read(".treeinfo", .treeinfo, text) == ["images/install.img sha256 b2b2"])
    }

    @Test("SUSE's content has lines of them")
    func content() {
        let text = "VENDOR openSUSE\nHASH SHA256 \(sha256)  boot/x86_64/root\nMETA SHA256 \(sha256)  packages.gz\n"
        #expect(read("content", .content, text) == ["boot/x86_64/root sha256 b2b2"])
    }

    @Test("a Release names files below its own directory")
    func release() {
        let text = """
            Suite: stable
            MD5Sum:
             \(md5)    1234 main/binary-amd64/Packages.gz
            SHA256:
             \(sha256)    1234 main/binary-amd64/Packages.gz
            Description:
             \(sha256) 1 no/sum

            """
        #expect(
            read("dists/bookworm/Release", .release, text) == [
                "dists/bookworm/main/binary-amd64/Packages.gz md5 a1a1",
                "dists/bookworm/main/binary-amd64/Packages.gz sha256 b2b2",
            ])
    }

    @Test("of an InRelease only what is signed counts")
    func inRelease() {
        let signed = """
            -----BEGIN PGP SIGNED MESSAGE-----
            Hash: SHA512

            SHA256:
             \(sha256) 1 main/a
            -----BEGIN PGP SIGNATURE-----

            xx
            -----END PGP SIGNATURE-----
            SHA256:
             \(sha256) 1 main/added-by-somebody

            """
        #expect(read("dists/a/InRelease", .release, signed) == ["dists/a/main/a sha256 b2b2"])
        #expect(read("dists/a/InRelease", .release, "\n" + signed) == [])
    }

    @Test("the lists that media have are found, with their signatures")
    func found() throws {
        let names = ["CHECKSUMS", "CHECKSUMS.asc", "md5sum.txt", "dists/jammy/Release", "dists/jammy/Release.gpg"]
        let debian = try #require(Sample.ubuntu.first)
        var sample = debian
        sample.paths += names
        let lists = try MediumDescription.recognise(sample.listing).checksumLists
        #expect(
            lists.map { "\($0.path) \($0.signature ?? "-")" } == [
                "CHECKSUMS CHECKSUMS.asc", "md5sum.txt -", "dists/jammy/Release dists/jammy/Release.gpg",
            ])
        for name in names { #expect(ChecksumList.mayBeListOrSignature(name), "\(name)") }
        #expect(!ChecksumList.mayBeListOrSignature("pool/main/md5sum.txt"))
    }
}
