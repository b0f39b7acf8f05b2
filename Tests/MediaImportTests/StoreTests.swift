import Glibc
import LinuxSystem
import Media
import MediaImport
import MusterBase
import TestSupport
import Testing

@Suite("the store of media")
struct StoreTests {
    @Test("removing frees what no other medium has, and nothing else")
    func removal() async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        try medium.writeNetboot("other", kernel: "another kernel")
        try await medium.run("tree", as: "first")
        try await medium.run("other", as: "second")
        #expect(medium.contents.count == 5)
        let freed = try medium.store.remove("first", profiles: [])
        #expect(freed == Int64("the kernel".utf8.count))
        #expect(medium.visible == ["second"] && medium.contents.count == 4 && medium.leftovers.isEmpty)
        #expect(try Files.readText(medium.store.path("second/debian-installer/amd64/initrd.gz")) == "the initramfs")
    }

    @Test(
        "a medium that a profile points to stays, wherever the link is and whatever its form",
        arguments: [
            ("rocky/distribution", "../../../distributions/used"),
            ("rocky/boot/kernel", "../../../../distributions/used/debian-installer/amd64/linux"),
            ("rocky/gone", "../../../distributions/used/not-there"), ("direct", "../../distributions/used"),
            ("rocky/absolute", "ABSOLUTE/used"), ("rocky/twice", "../../../way"),
            ("rocky/accent", "../../../distributions/used/\u{301}not-there"),
        ])
    func use(link: String, target: String) async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        try await medium.run("tree", as: "used")
        try await medium.run("tree", as: "used-not")
        try medium.directory.makeDirectory("state/public/os/rocky/boot")
        try medium.directory.link("state/way", to: "distributions/used")
        try medium.directory.link(
            "state/public/os/\(link)", to: target.replacing("ABSOLUTE", with: medium.store.directory))
        let profiles = [medium.path("state/public/os"), medium.path("state/private/os")]
        let error = caughtError { _ = try medium.store.remove("used", profiles: profiles) }
        #expect(error?.code == .conflict && error?.message.contains(link) == true, "\(String(describing: error))")
        #expect(medium.visible == ["used", "used-not"])
        // A name that only begins the same is another medium.
        _ = try medium.store.remove("used-not", profiles: profiles)
        try Files.remove(medium.path("state/public/os/\(link)"))
        _ = try medium.store.remove("used", profiles: profiles)
        #expect(medium.visible.isEmpty && medium.contents.isEmpty)
    }

    @Test(
        "what is stored and no longer what it was is replaced by what is imported, in all media",
        arguments: [true, false])
    func rot(isCut: Bool) async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        let kernel = "debian-installer/amd64/linux"
        #expect(try await medium.run("tree", as: "first").mended.isEmpty)
        func spoil() throws {
            let path = medium.store.path("first/\(kernel)")
            try Files.setMode(path, 0o644)
            try Files.write(isCut ? "the ker" : "the kernle", to: path)
        }
        func expectGood(_ names: [String]) throws {
            let inodes = try names.map { name in
                let path = medium.store.path("\(name)/\(kernel)")
                #expect(try Files.readText(path) == "the kernel", "\(name)")
                return try TestMedium.status(path).st_ino
            }
            #expect(Set(inodes).count == 1 && medium.contents.count == 4 && medium.leftovers.isEmpty)
        }
        try spoil()
        let second = try await medium.run("tree", as: "second")
        #expect(second.isNew && second.mended == [kernel])
        try expectGood(["first", "second"])
        // Also when the medium itself was there already.
        try spoil()
        let again = try await medium.run("tree", as: "first")
        #expect(!again.isNew && again.mended == [kernel])
        try expectGood(["first", "second"])
        #expect(try await medium.run("tree", as: "third").mended.isEmpty)
        try expectGood(["first", "second", "third"])
    }

    @Test("a damaged medium does not hide the others, and what is not there is told with what is")
    func listing() async throws {
        let medium = try TestMedium()
        #expect(try medium.store.list().media.isEmpty)
        try medium.writeNetboot("tree")
        try await medium.run("tree", as: "good")
        try medium.directory.makeDirectory("state/distributions/by-hand")
        try medium.directory.makeDirectory("state/distributions/broken/.muster")
        try medium.directory.write("{", to: "state/distributions/broken/.muster/medium.json")
        let listing = try medium.store.list()
        #expect(listing.media.map(\.name) == ["good"])
        #expect(listing.damaged.map(\.name) == ["broken", "by-hand"])
        let missing = caughtError { _ = try medium.store.record("bad") }
        #expect(missing?.code == .notFound && missing?.advice?.contains("good") == true)
        #expect(caughtError { _ = try medium.store.record("../x") }?.code == .invalidInput)
        #expect(caughtError { _ = try medium.store.remove("../state", profiles: []) }?.code == .invalidInput)
    }

    @Test("a record of another form says what to do")
    func form() async throws {
        let medium = try TestMedium()
        try medium.writeNetboot("tree")
        let name = try await medium.run("tree").record.name
        let path = medium.store.path("\(name)/.muster/medium.json")
        let text = try Files.readText(path).replacing("\"schema\" : 1", with: "\"schema\" : 2")
        try Files.remove(path)
        try Files.write(text, to: path)
        #expect(caughtError { _ = try medium.store.record(name) }?.code == .unsupported)
    }
}
