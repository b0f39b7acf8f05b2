import Images
import MusterBase
import TestSupport
import Testing

@Suite("package repositories")
struct AptSourceTests {
    private func recipe(_ more: String = "") throws -> Recipe {
        try Recipe.parse(Array((RecipeTests.smallest + more).utf8), file: "r.yaml")
    }

    @Test("both forms of the host's sources are read; comments, options and switched-off stanzas are understood")
    func host() throws {
        let apt = try TemporaryDirectory()
        try apt.write(
            """
            # deb http://commented.example/debian bookworm main
            deb [arch=amd64 signed-by=/a/b.gpg] http://one.example/debian bookworm main contrib # why
            deb-src http://one.example/debian bookworm main
            deb cdrom:[Debian]/ bookworm main
            """, to: "sources.list")
        try apt.write(
            """
            Types: deb
            # a comment in the middle
            URIs: http://two.example/debian
             http://three.example/debian
            Suites: bookworm bookworm-updates
            Components: main

            Types: deb
            Enabled: no
            URIs: http://off.example/debian
            Suites: bookworm
            Components: main
            """, to: "sources.list.d/debian.sources")
        try apt.write("deb http://copy.example/debian bookworm main", to: "sources.list.d/old.save")
        #expect(
            HostAptSources.read(directory: apt.path).map(\.line) == [
                "deb http://one.example/debian bookworm main contrib",
                "deb http://two.example/debian bookworm main",
                "deb http://two.example/debian bookworm-updates main",
                "deb http://three.example/debian bookworm main",
                "deb http://three.example/debian bookworm-updates main",
            ])
    }

    @Test("the command line goes before the recipe, the recipe before the host, the host before Debian's own")
    func precedence() throws {
        let host = [
            AptSource(uri: "http://h/debian", suite: "bookworm", components: ["main", "contrib"]),
            AptSource(uri: "http://h/debian", suite: "bookworm-backports", components: ["main"]),
            AptSource(uri: "http://h/other", suite: "stable", components: ["main"]),
        ]
        let named = try recipe("\nmirrors: [{uri: 'http://r/debian', suites: [bookworm]}]")
        #expect(
            named.sources(overriding: ["http://c/debian", "http://c/debian-security"], host: host).map(\.line) == [
                "deb http://c/debian bookworm main", "deb http://c/debian bookworm-updates main",
                "deb http://c/debian-security bookworm-security main",
            ])
        #expect(named.sources(overriding: [], host: host).map(\.line) == ["deb http://r/debian bookworm main"])
        #expect(try recipe().sources(overriding: [], host: host).map(\.line) == ["deb http://h/debian bookworm main"])
        #expect(
            try recipe().sources(overriding: [], host: []).map(\.line) == [
                "deb http://deb.debian.org/debian bookworm main",
                "deb http://deb.debian.org/debian bookworm-updates main",
                "deb http://deb.debian.org/debian-security bookworm-security main",
            ])
    }

    @Test("a host of another release, or without a wanted component, is passed over")
    func otherHost() throws {
        let host = [AptSource(uri: "http://h/debian", suite: "trixie", components: ["main"])]
        #expect(try recipe().sources(overriding: [], host: host).first?.uri == "http://deb.debian.org/debian")
        let few = [AptSource(uri: "http://h/debian", suite: "bookworm", components: ["main"])]
        let recipe = try recipe("\ncomponents: [main, contrib]")
        #expect(recipe.sources(overriding: [], host: few).first?.uri == "http://deb.debian.org/debian")
    }

    @Test("the date of a signed index is read")
    func date() {
        let text = "-----BEGIN PGP SIGNED MESSAGE-----\n\nOrigin: Debian\nDate: Sat,  1 Aug 2026 10:16:07 UTC\n"
        #expect(ReleaseDate.date(inRelease: text)?.description == "2026-08-01T10:16:07.000000Z")
        let faults = [
            "", "Date:", "Date: now", "Date: Sat, 1 Aug 2026 10:16:07 CEST", "Date: Sat, 1 Foo 2026 1:2:3 UTC",
        ]
        for wrong in faults {
            #expect(ReleaseDate.date(inRelease: wrong) == nil)
        }
    }
}
