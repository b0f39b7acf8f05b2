import DeployService
import DeploymentModel
import Images
import MusterAPI
import MusterBase
import NodeRange
import Profiles
import TestSupport
import Testing

@Suite("files for nodes, as the server gives them")
struct FileDeskTests {
    private func rule(
        _ target: String, range: String? = nil, isSecret: Bool = false, size: Int64 = 1
    ) throws -> ResolvedRule {
        let digest = ContentDigest(octets: [UInt8](repeating: UInt8(target.utf8.count), count: 32))
        let source = FileSource(isSecret ? .secret : .profile, target)
        let rule = FileRule(
            line: 3, column: 1, source: source, target: target, method: .replace,
            range: try range.map { try NodeRange($0) }, rangeText: range)
        let file = SyncedFile(target: target, method: .replace, digest: digest, size: size, rule: "syncfiles:3")
        return ResolvedRule(rule: rule, items: [.init(file: file, source: source)])
    }

    private func site(_ rules: [ResolvedRule], profile: String = "debian-12") async throws -> DeskFixture {
        let site = try await DeskFixture()
        site.world.rules.withLock { $0 = rules }
        for number in 1...2 {
            _ = try await site.deploy("n\(number)", profile: profile)
            _ = try await site.enrol(machine: UInt64(number), key: UInt32(number))
        }
        return site
    }

    @Test("a node is told of what is for it, and gets nothing else")
    func ranges() async throws {
        let site = try await site([rule("/all"), rule("/first", range: "n1"), rule("/second", range: "n2,n3")])
        let list = try site.service.node.files(key: DeskFixture.key(1))
        #expect(list.files.map(\.target) == ["/all", "/first"])
        let other = try #require(ContentDigest(octets: [UInt8](repeating: 7, count: 32)))
        #expect(
            caughtError { _ = try site.service.node.content(other, key: DeskFixture.key(1)) }?.code == .notFound)
        let own = try #require(list.files[1].digest)
        let opened = caughtError { _ = try site.service.node.content(own, key: DeskFixture.key(1)) }
        #expect(opened?.message == "/first of debian-12 is opened")
        #expect(caughtError { _ = try site.service.node.files(key: DeskFixture.key(9)) }?.code == .unauthenticated)
    }

    @Test("a range is expanded once for all nodes, until the inventory changes")
    func expandedOnce() async throws {
        let site = try await site([rule("/a", range: "n1,n2")])
        let before = site.world.expansions.withLock { $0 }
        for _ in 0..<50 {
            for node in UInt32(1)...2 {
                #expect(try site.service.node.files(key: DeskFixture.key(node)).files.count == 1)
            }
        }
        #expect(site.world.expansions.withLock { $0 } == before + 1)
        site.world.inventoryRevision.withLock { $0 += 1 }
        _ = try site.service.node.files(key: DeskFixture.key(1))
        #expect(site.world.expansions.withLock { $0 } == before + 2)
    }

    @Test("secrets are for machines that have no system on a disk yet")
    func secrets() async throws {
        let site = try await site([rule("/open"), rule("/secret", isSecret: true)], profile: "disk")
        let node = site.service.node
        #expect(try node.files(key: DeskFixture.key(1)).files.map(\.target) == ["/open", "/secret"])
        let secret = try #require(ContentDigest(octets: [UInt8](repeating: 7, count: 32)))
        let deployment = try #require(try site.service.deployments.status("n1").nodes.first?.deployment?.id)
        try node.events(
            EventReport(deployment: deployment, firstNumber: 0, events: [site.event(Step.staged, .done)]),
            key: DeskFixture.key(1))
        #expect(try node.files(key: DeskFixture.key(1)).files.map(\.target) == ["/open"])
        #expect(caughtError { _ = try node.content(secret, key: DeskFixture.key(1)) }?.code == .notFound)
    }

    @Test("more than a node can hold is refused")
    func tooMuch() async throws {
        let site = try await site([rule("/a", size: SyncedFile.largestTotal), rule("/b")])
        let error = caughtError { _ = try site.service.node.files(key: DeskFixture.key(1)) }
        #expect(error?.code == .exhausted)
    }

    @Test("the catalog gives a profile's files and plays, and a fault in them is one of the profile")
    func catalog() throws {
        let directory = try TemporaryDirectory()
        try directory.write("family: debian\nimage:\n  name: debian-12\n", to: "public/os/web/profile.yaml")
        try directory.write("hello", to: "public/os/web/files/motd")
        try directory.write("motd -> /etc/motd\n", to: "public/os/web/syncfiles")
        try directory.write("- hosts: all\n", to: "public/os/web/ansible/onboot.d/a.yml")
        let store = try ProfileStore(publicDirectory: directory.path("public"))
        let catalog = StageCatalog(store)
        #expect(try catalog.fileRules("web").first?.items.first?.file.size == 5)
        let play = directory.path("public/os/web/ansible/onboot.d/a.yml")
        #expect(try catalog.plays("web", stage: "onboot").playbooks == [play])
        #expect(try catalog.plays("web", stage: "firstboot").playbooks.isEmpty)
        #expect(caughtError { _ = try catalog.plays("web", stage: "never") }?.code == .invalidInput)
        try directory.write("motd -> etc/motd\n", to: "public/os/web/syncfiles")
        let problems = try ProfileCatalog(store, keys: ChunkKeys(privateDirectory: directory.path("private")))
            .description("web").problems
        #expect(problems.contains { $0.hasPrefix("syncfiles:1:9: ") }, "\(problems)")
        let error = caughtError { _ = try StageCatalog(store).fileRules("web") }
        #expect(error?.message.hasPrefix("syncfiles:1:9: 'etc/motd' is no target") == true)
    }
}
