import Glibc
import LinuxSystem
import MusterAPI
import MusterBase
import Profiles
import TestSupport
import Testing

@Suite("the rules of syncfiles")
struct FileRuleTests {
    private func rules(_ text: String) throws -> [FileRule] {
        let (rules, faults) = FileRuleParser.read(text, file: "syncfiles")
        if let fault = faults.first { throw fault }
        return rules
    }

    @Test("sources, targets, nodes, owners and sections are read")
    func grammar() throws {
        let rules = try rules(
            """
            # a comment
            etc/motd
            etc//chrony.conf -> /etc/chrony/chrony.conf  # behind
            private:munge.key -> /etc/munge/munge.key (owner=munge, group=munge,mode=0400)

            etc/* -> rack[1-2],-n7:/etc/ (mode=640)
              MERGE:
            passwd -> /etc/passwd\r
            APPENDONCE:
            fstab.more -> n1:n40:/etc/fstab
            REPLACE:
            tree -> /
            """)
        #expect(
            rules.map { "\($0.line) \($0.source.path) \($0.target) \($0.method)" } == [
                "2 etc/motd /etc/motd replace", "3 etc/chrony.conf /etc/chrony/chrony.conf replace",
                "4 munge.key /etc/munge/munge.key replace", "6 etc/* /etc/ replace", "8 passwd /etc/passwd merge",
                "10 fstab.more /etc/fstab append", "12 tree / replace",
            ])
        #expect(rules[2].source.place == .secret && rules[1].source.place == .profile)
        #expect(rules[2].owner == "munge" && rules[2].group == "munge" && rules[2].mode == 0o400)
        #expect(rules[3].rangeText == "rack[1-2],-n7" && rules[3].mode == 0o640)
        #expect(rules[5].rangeText == "n1:n40")
        #expect(rules[6].range == nil)
    }

    @Test(
        "what cannot be taken is told in one line with its place",
        arguments: [
            ("\n  ../x -> /etc/x", "syncfiles:2:3: '../x' is no source"),
            ("/etc/x", "syncfiles:1:1: '/etc/x' is no source"),
            ("private: -> /x", "syncfiles:1:1: 'private:' is no heading"), ("DELETE:", "'DELETE:' is no heading"),
            ("a -> etc/x", "syncfiles:1:6: 'etc/x' is no target"), ("a ->", "syncfiles:1:5: a target is missing"),
            ("a -> /etc/../x", "syncfiles:1:6: a target has no '.', '..'"), ("a -> /etc//x", "has no '.', '..', '//'"),
            ("a -> /proc/x", "nothing is put below /proc"),
            ("a -> /var/lib/muster-agent/agent.json", "nothing is put below /var/lib/muster-agent"),
            ("a -> n[1-:/etc/x", "syncfiles:1:6: the noderange 'n[1-' cannot be read"),
            ("a b -> /etc/x", "syncfiles:1:3: 'b -> /etc/x' is too much here"),
            ("a -> /etc/x (mode=0999)", "syncfiles:1:14: '0999' is no mode"), ("a -> /x (mode=1)", "'1' is no mode"),
            ("a -> /etc/x (mode=0644", "the ')' is missing"), ("a -> /x (owner=a b)", "'a b' is no owner"),
            ("a -> /etc/x (permissions=600)", "syncfiles:1:14: 'permissions=600' is no option"),
            ("a -> /x (owner=)", "'' is no owner"), ("a* -> /etc/x", "wants a directory as its target"),
            ("MERGE:\na -> /etc/fstab", "syncfiles:2:6: /etc/fstab cannot be merged"),
            ("MERGE: x", "a heading stands alone"), ("APPENDONCE:\na* -> /etc/", "is one file, and no pattern"),
            ("a -> /x\u{1B}", "a control character"),
        ])
    func refused(text: String, message: String) {
        let faults = FileRuleParser.read(text, file: "syncfiles").faults
        #expect(faults.first?.message.contains(message) == true, "\(faults)")
        #expect(faults.count <= 1 && faults.first?.description.contains("\n") == false)
    }

    @Test("all faults of a file are told, each with its line")
    func allFaults() {
        let (rules, faults) = FileRuleParser.read("a -> b\nc -> /c\nd -> e", file: "syncfiles")
        #expect(rules.count == 1)
        #expect(faults.map { String($0.message.prefix(12)) } == ["syncfiles:1:", "syncfiles:3:"])
    }

    @Test("no text makes the reader fall over")
    func noise() {
        var generator = SeededGenerator(seed: 7)
        let pieces = [
            "->", " ", "/", ":", "(", ")", ",", "=", "mode", "MERGE:", "\n", "#", "n1", "..", "*", "é", "private:",
        ]
        for _ in 0..<1000 {
            let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &generator)]
            }.joined()
            let (rules, faults) = FileRuleParser.read(text, file: "f")
            #expect(rules.allSatisfy { $0.target.hasPrefix("/") }, "\(text)")
            #expect(!rules.contains { $0.source.path.split(separator: "/").contains("..") }, "\(text)")
            #expect(faults.allSatisfy { $0.message.hasPrefix("f:") })
        }
    }
}

@Suite("the files that rules stand for")
struct RuleResolutionTests {
    private let directory: TemporaryDirectory
    private let store: ProfileStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try ProfileStore(publicDirectory: directory.path("public"))
    }

    private func resolve(_ rules: String) throws -> [SyncedFile] {
        try directory.write(rules, to: "public/os/web/syncfiles")
        return try store.fileRules("web", digests: SourceDigests()).flatMap(\.items).map(\.file)
    }

    private func add(_ name: String, _ text: String = "x", mode: UInt16 = 0o644) throws {
        try directory.write(text, to: "public/os/web/files/\(name)")
        try Files.setMode(directory.path("public/os/web/files/\(name)"), mode)
    }

    @Test("files, directories, patterns and links are found; a directory's content goes below the target")
    func kinds() throws {
        try add("a.conf")
        try add("b.conf")
        try add(".c.conf")
        try add("tree/run", mode: 0o750)
        try add("tree/sub/deep")
        try directory.link("public/os/web/files/tree/link", to: "../../../../private/site/tls-ca.key")
        let found = try resolve(
            "*.conf -> /etc/d/\ntree -> /opt/tree\na.conf -> /etc/\ntree/sub\na.conf -> /etc/x (mode=4755)")
        #expect(
            found.map { "\($0.target) \($0.method) \($0.mode.map { String($0, radix: 8) } ?? "-") \($0.rule)" } == [
                "/etc/d/a.conf replace 644 syncfiles:1", "/etc/d/b.conf replace 644 syncfiles:1",
                "/opt/tree directory - syncfiles:2", "/opt/tree/link link - syncfiles:2",
                "/opt/tree/run replace 755 syncfiles:2", "/opt/tree/sub directory - syncfiles:2",
                "/opt/tree/sub/deep replace 644 syncfiles:2", "/etc/a.conf replace 644 syncfiles:3",
                "/tree/sub directory - syncfiles:4", "/tree/sub/deep replace 644 syncfiles:4",
                "/etc/x replace 4755 syncfiles:5",
            ])
        // A link is put there as a link: what it points to is not read.
        #expect(found[3].link == "../../../../private/site/tls-ca.key" && found[3].digest == nil)
    }

    @Test("nothing outside of the profile's files is read")
    func outside() throws {
        try directory.write("secret", to: "private/site/key")
        try directory.write("elsewhere", to: "public/os/other/files/x")
        try add("here")
        try directory.link("public/os/web/files/out", to: "../../../../private/site")
        try directory.link("public/os/web/files/direct", to: "../../../../private/site/key")
        let error = caughtError { _ = try resolve("out/key -> /key") }
        #expect(error?.message.contains("syncfiles:1:1: a part of files/out/key is no directory, or is a link") == true)
        #expect(try resolve("direct -> /key").map(\.method) == [.link])
        let merged = caughtError { _ = try resolve("MERGE:\ndirect -> /etc/hosts") }
        #expect(merged?.message.contains("is no file: it cannot be merged") == true)
    }

    @Test("what is not there, and what is no file, is told with its line")
    func missing() throws {
        try add("a")
        #expect(mkfifo(directory.path("public/os/web/files/pipe"), 0o600) == 0)
        for (rules, message) in [
            ("a\nb -> /b", "syncfiles:2:1: cannot look at files/b"),
            ("b* -> /etc/", "nothing in files/ is like 'b*'"),
            ("pipe -> /b", "files/pipe is no file, directory or link"),
        ] { #expect(caughtError { _ = try resolve(rules) }?.message.contains(message) == true) }
        #expect(store.fileProblems("web").count == 1)
        try directory.write("a -> b\nnone\na", to: "public/os/web/syncfiles")
        #expect(store.fileProblems("web").map { String($0.prefix(14)) } == ["syncfiles:1:6:", "syncfiles:2:1:"])
    }

    @Test("secret files come from the private directory, for root alone unless it is said otherwise")
    func secret() throws {
        try add("key", "public")
        try directory.write("secret", to: "private/os/web/files/key")
        let found = try resolve("private:key -> /etc/key\nkey -> /etc/other")
        #expect(found.map(\.size) == [6, 6] && found[0].digest != found[1].digest)
        #expect(found.map(\.mode) == [0o600, 0o644])
        let rules = try store.fileRules("web", digests: SourceDigests())
        #expect(rules.map(\.isSecret) == [true, false])
        let content = try rules[0].items[0].source.map { try store.open($0, of: "web").next() }
        #expect(content == Array("secret".utf8))
    }

    @Test("a file that changed has another digest, also when it is as long as before")
    func changed() throws {
        let digests = SourceDigests()
        try add("a", "one")
        try directory.write("a", to: "public/os/web/syncfiles")
        let first = try store.fileRules("web", digests: digests)[0].items[0].file.digest
        try AtomicFile.write("two", to: directory.path("public/os/web/files/a"))
        let second = try store.fileRules("web", digests: digests)[0].items[0].file.digest
        #expect(first != second)
    }

    @Test("a file that is too large is refused")
    func large() throws {
        try add("a", String(repeating: "x", count: Int(SyncedFile.largest) + 1))
        #expect(caughtError { _ = try resolve("a") }?.message.contains("more than 16 MiB") == true)
    }

    @Test("a profile without rules has none")
    func none() throws {
        #expect(try store.fileRules("web", digests: SourceDigests()).isEmpty)
        #expect(store.fileProblems("web").isEmpty)
    }

    @Test(
        "patterns match as a shell's do",
        arguments: [
            ("*", "a", true), ("*", ".a", false), (".*", ".a", true), ("a?c", "abc", true), ("a?c", "ac", false),
            ("*.conf", "x.conf", true), ("*.conf", "x.conf.bak", false), ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c2b", false), ("**", "x", true), ("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
        ])
    func patterns(pattern: String, name: String, isMatch: Bool) throws {
        try add(name)
        let found = try? resolve("\(pattern) -> /t/")
        #expect((found?.contains { $0.target == "/t/\(name)" } ?? false) == isMatch)
    }
}
