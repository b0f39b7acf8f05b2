import Images
import MusterBase
import Testing

@Suite("recipes of all families")
struct RecipeFamiliesTests {
    static let rocky = """
        name: rocky
        distribution: rocky
        release: "9"
        repositories:
          - name: baseos
            baseurl: https://mirror.example/$releasever/BaseOS/
            keys: [{file: keys/rocky.asc}]
        packages: [systemd, "@core", glibc.i686]
        """
    static let alpine = """
        name: alpine
        distribution: alpine
        release: v3.22
        repositories:
          - name: base
            baseurl: https://mirror.example/alpine/v3.22/main
            keys: [{file: /keys/alpine.rsa.pub}]
        packages: [alpine-base]
        """

    private func parse(_ text: String) throws -> Recipe { try Recipe.parse(Array(text.utf8), file: "dir/r.yaml") }

    @Test("a recipe of dnf has repositories with keys, which are looked for beside it, and its family's kernel")
    func dnf() throws {
        let recipe = try parse(Self.rocky + "\narchitecture: aarch64")
        #expect(recipe.distribution.family == .dnf)
        #expect(recipe.release == "9")
        #expect(recipe.kernel == "kernel-core")
        #expect(recipe.architecture == .arm64)
        #expect(recipe.packages == ["systemd", "@core", "glibc.i686"])
        let repository = try #require(recipe.repositories.first)
        #expect(repository.address == .base("https://mirror.example/$releasever/BaseOS/"))
        #expect(repository.keys == [.file("dir/keys/rocky.asc")])
        #expect(!repository.isIndexSigned)
    }

    @Test("addresses of the command line stand in for the recipe's, and its keys stay")
    func mirrors() throws {
        let recipe = try parse(
            Self.rocky.replacing(
                "packages:",
                with: "  - {name: b, metalink: 'https://m.example/l', keys: [{url: 'https://k.example/k'}]}\npackages:")
        )
        let found = recipe.repositories(overriding: ["file:///srv/one", "http://two.example/"])
        #expect(found.map(\.name) == ["mirror-1", "mirror-2"])
        #expect(found.map(\.address) == [.base("file:///srv/one"), .base("http://two.example/")])
        #expect(found.allSatisfy { $0.keys == [.file("dir/keys/rocky.asc"), .url("https://k.example/k")] })
        #expect(recipe.repositories(overriding: []) == recipe.repositories)
    }

    @Test("users are read with what they have when nothing is said")
    func users() throws {
        let recipe = try parse(
            RecipeTests.smallest + """

                users:
                  - name: ada
                    uid: 2000
                    groups: [sudo, adm]
                    label: Ada Lovelace
                    ssh_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 ada@desk]
                  - {name: batch, uid: 2001, shell: /usr/sbin/nologin, home: /srv/batch}
                """)
        #expect(recipe.users.map(\.name) == ["ada", "batch"])
        #expect(recipe.users.map(\.home) == ["/home/ada", "/srv/batch"])
        #expect(recipe.users.map(\.shell) == ["/bin/bash", "/usr/sbin/nologin"])
        #expect(recipe.users[0].groups == ["sudo", "adm"])
        #expect(recipe.users[0].sshKeys.count == 1)
    }

    @Test("the script adds users before it enables services, in the words of the family; nothing in it is a shell's")
    func script() throws {
        let users = "\nusers: [{name: ada, uid: 2000, groups: [adm], label: \"it's; rm\"}]\nservices: {enable: [sshd]}"
        let rocky = BuildScript(recipe: try parse(Self.rocky + users)).text
        #expect(
            rocky.contains(
                """
                groupadd --gid 2000 'ada'
                useradd --uid 2000 --gid 2000 --groups 'adm' --comment 'it'\\''s; rm' --create-home --home-dir \
                '/home/ada' --shell '/bin/bash' 'ada'
                systemctl enable 'sshd'
                """))
        #expect(rocky.contains("depmod"))
        let alpine = BuildScript(recipe: try parse(Self.alpine + users)).text
        #expect(alpine.contains("adduser -D -u 2000 -G 'ada' -g 'it'\\''s; rm' -h '/home/ada' -s '/bin/sh' 'ada'\n"))
        #expect(alpine.contains("addgroup 'ada' 'adm'\nrc-update add 'sshd' default\n"))
        #expect(!alpine.contains("systemctl") && !alpine.contains("depmod"))
    }

    static let faults: [(text: String, message: String)] = [
        (
            rocky + "\nmirrors: []",
            "unknown key 'mirrors' in a recipe for rocky; allowed: name, label, distribution, release, architecture, "
                + "repositories, packages, kernel, files, commands, services, users, locale, documentation"
        ),
        (rocky + "\narchitecture: amd64", "'amd64' is no architecture; allowed: x86_64, aarch64"),
        (rocky.replacing("release:", with: "label:"), "a recipe for rocky lacks the key 'release'"),
        (
            rocky.replacing("[{file: keys/rocky.asc}]", with: "[]"),
            "a repository needs a key: its packages' signatures are checked"
        ),
        (
            rocky.replacing("[{file: keys/rocky.asc}]", with: "[{}]"),
            "a key is named in one way; allowed: content, file, url"
        ),
        (
            rocky.replacing("{file: keys/rocky.asc}", with: "{url: 'http://k.example/k'}"),
            "'http://k.example/k' is no address of a key; allowed: https://…, without blanks"
        ),
        (
            rocky.replacing("{file: keys/rocky.asc}", with: "{content: abc}"),
            "this is no public key; allowed: -----BEGIN PGP PUBLIC KEY BLOCK----- …"
        ),
        (
            rocky.replacing("baseurl: https://mirror.example/$releasever/BaseOS/", with: "signed_index: true"),
            "a repository lacks an address; allowed: baseurl, mirrorlist, metalink"
        ),
        (
            rocky.replacing("@core", with: "--nogpgcheck"),
            "'--nogpgcheck' is no package name; allowed: such as vim-minimal, kernel-5.14.0, glibc.i686, @core"
        ),
        (rocky.replacing("name: baseos", with: "name: main"), "'main' is no repository name"),
        (alpine + "\nlocale: C.UTF-8", "unknown key 'locale' in a recipe for alpine"),
        (alpine.replacing("{file: /keys/alpine.rsa.pub}", with: "{url: 'https://k'}"), "unknown key 'url' in a key"),
        (RecipeTests.smallest + "\nusers: [{name: root, uid: 1}]", "root is in every system already"),
        (RecipeTests.smallest + "\nusers: [{name: Ada, uid: 1}]", "'Ada' is no user name"),
        (RecipeTests.smallest + "\nusers: [{name: ada}]", "a user lacks the key 'uid'"),
        (RecipeTests.smallest + "\nusers: [{name: ada, uid: 1, password: x}]", "unknown key 'password' in a user"),
        (
            RecipeTests.smallest + "\nusers: [{name: ada, uid: 1, ssh_keys: ['command=\"x\" ssh-rsa AAAA']}]",
            "is no public SSH key"
        ),
        (
            RecipeTests.smallest + "\nusers: [{name: a, uid: 1}, {name: b, uid: 1}]",
            "the uid 1 stands here more than once"
        ),
    ]

    @Test("what a family does not have, and what would switch a check off, is refused", arguments: faults.indices)
    func fault(_ index: Int) {
        let fault = Self.faults[index]
        #expect {
            _ = try parse(fault.text)
        } throws: { error in
            let told = "\(error)".contains(fault.message) && (error as? MusterError)?.code == .malformed
            if !told { Issue.record("told: \(error)") }
            return told
        }
    }
}
