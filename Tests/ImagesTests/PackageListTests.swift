import DeploymentModel
import Images
import Testing

@Suite("package lists")
struct PackageListTests {
    private func text(_ packages: [ImageManifest.Package]) -> [String] {
        packages.map { "\($0.name) \($0.version) \($0.architecture)" }
    }

    @Test("rpm's packages are sorted, and the keys that it keeps among them are none")
    func rpm() {
        let packages = RPMDatabase.parse(
            "zlib\t1.2.11-40.el9\tx86_64\ngpg-pubkey\t350d275d-6279464b\t(none)\nglibc\t2.34-100.el9\tx86_64\n"
                + "glibc\t2.34-100.el9\ti686\nopenssl\t1:3.0.7-27.el9\tx86_64\nhalf\t1\n")
        #expect(
            text(packages) == [
                "glibc 2.34-100.el9 i686", "glibc 2.34-100.el9 x86_64", "openssl 1:3.0.7-27.el9 x86_64",
                "zlib 1.2.11-40.el9 x86_64",
            ])
    }

    @Test("apk's list gives name, version and architecture, whatever files the package has")
    func apk() {
        let packages = PackageList.parse(
            apk: """
                C:Q1abc=
                P:musl
                V:1.2.5-r10
                A:x86_64
                F:lib
                R:ld-musl-x86_64.so.1
                a:0:0:755

                P:busybox
                V:1.37.0-r12
                A:x86_64
                """)
        #expect(text(packages) == ["busybox 1.37.0-r12 x86_64", "musl 1.2.5-r10 x86_64"])
    }

    @Test("the date of an index is the newest of its parts; one without any has none")
    func repomd() {
        let text = """
            <repomd><revision>1</revision><data type="primary"><timestamp>1795296610</timestamp></data>
            <data type="other"><timestamp>1795296600</timestamp></data></repomd>
            """
        #expect(RPMRepositories.date(repomd: text)?.seconds == 1_795_296_610)
        #expect(RPMRepositories.date(repomd: "<repomd><timestamp>x</timestamp></repomd>") == nil)
        #expect(RPMRepositories.date(repomd: "<timestamp>99999999999999999999</timestamp>") == nil)
    }
}
