import TFTPWire
import Testing

struct TFTPNegotiationTests {
    private func negotiate(_ options: [(String, String)], size: Int64? = 1000) -> TFTPParameters {
        TFTPParameters(
            options.map { TFTPOption($0.0, $0.1) }, size: size,
            limits: TFTPLimits(blockSize: 1468, windowSize: 16, windowOctets: 8 * 1468))
    }

    @Test("without options the block size is 512 and the window 1")
    func defaults() {
        let parameters = negotiate([])
        #expect(parameters.blockSize == 512 && parameters.windowSize == 1 && parameters.acknowledged.isEmpty)
    }

    @Test("wishes within the limits are granted, in the order asked")
    func grants() {
        let parameters = negotiate([("tsize", "0"), ("blksize", "1024"), ("timeout", "3"), ("windowsize", "4")])
        #expect(parameters.blockSize == 1024 && parameters.windowSize == 4 && parameters.timeout == 3)
        #expect(
            parameters.acknowledged == [
                TFTPOption("tsize", "1000"), TFTPOption("blksize", "1024"), TFTPOption("timeout", "3"),
                TFTPOption("windowsize", "4"),
            ])
    }

    @Test("wishes above the limits are lowered")
    func lowers() {
        let parameters = negotiate([("windowsize", "65535"), ("blksize", "65464")])
        #expect(parameters.blockSize == 1468 && parameters.windowSize == 8)
        #expect(parameters.acknowledged == [TFTPOption("windowsize", "8"), TFTPOption("blksize", "1468")])
    }

    @Test(
        "options that are unknown or not allowed are left out",
        arguments: [
            ("blksize", "7"), ("blksize", "65465"), ("blksize", "x"), ("blksize", ""),
            ("blksize", "99999999999999999999"),
            ("windowsize", "0"), ("windowsize", "65536"), ("timeout", "0"), ("timeout", "256"), ("multicast", ""),
        ])
    func leavesOut(_ option: (String, String)) { #expect(negotiate([option]) == TFTPParameters()) }

    @Test("an option that stands twice counts once")
    func countsOnce() {
        #expect(negotiate([("blksize", "600"), ("blksize", "700")]).acknowledged == [TFTPOption("blksize", "600")])
    }

    @Test("the size is not told when it is not known")
    func hidesUnknownSize() { #expect(negotiate([("tsize", "0")], size: nil).acknowledged.isEmpty) }
}

struct TFTPFilePathTests {
    @Test(
        "the ways in which firmware writes a path lead to the same file",
        arguments: ["boot/a.efi", "/boot/a.efi", "//boot//a.efi", "tftp:/boot/a.efi", "muster:boot/a.efi"])
    func trims(_ name: String) { #expect(tftpFilePath(name) == "boot/a.efi") }

    @Test(
        "paths that leave the tree or hide in it are refused",
        arguments: [
            "", "/", "..", "../etc/passwd", "/boot/../../etc/passwd", "boot/./a", "boot\\..\\a", "a\u{1}b",
            ".git/config", "boot/.hidden", "tftp:", "tftp:../x",
        ])
    func refuses(_ name: String) { #expect(tftpFilePath(name) == nil) }

    @Test("a colon inside a name is kept")
    func keepsColon() { #expect(tftpFilePath("pxelinux.cfg/52:54") == "pxelinux.cfg/52:54") }

    @Test("netascii doubles ends of lines")
    func convertsText() { #expect(netascii(Array("a\nb\rc".utf8)) == Array("a\r\nb\r\0c".utf8)) }
}
