import AnsibleRunner
import CertificateAuthority
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("running plays")
struct AnsiblePlaysTests {
    private func order(_ playbooks: [String], _ attributes: [String: String] = [:]) -> PlayOrder {
        PlayOrder(
            node: "n1", hostname: "N1", address: "10.0.0.7", profile: "web", stage: "firstboot", deployment: "ab",
            image: "debian-12@7", attributes: attributes, playbooks: playbooks, directory: "/p/ansible")
    }

    /// What the program finds when it is started.
    private struct Seen: Sendable {
        var arguments: [String]
        var environment: [String: String]
        var isWhole: Bool
        var inventory: String
        var configuration: String
        var knownHosts: String
        var certificate: String
        var modes: [String]
    }

    private func runner(_ directory: String, _ tools: any ToolRunner, connection: String = "ssh") -> AnsiblePlays {
        AnsiblePlays(directory: directory, knownHosts: ["@cert-authority * key"], tools: tools, connection: connection)
        {
            "cert of \($0.split(separator: " ")[0]) as \($1) for \($2.components.seconds) s"
        }
    }

    @Test("the program gets an inventory of one node, a key of minutes and an environment of its own")
    func surroundings() async throws {
        try await withTemporaryDirectory { directory in
            let seen = Recorder<Seen>()
            let tools = ScriptedTools { call in
                let place = FilePathText.parent(of: call.arguments[1])
                seen.add(
                    Seen(
                        arguments: call.arguments, environment: call.environment, isWhole: call.environmentIsWhole,
                        inventory: try Files.readText("\(place)/inventory.yml"),
                        configuration: try Files.readText("\(place)/ansible.cfg"),
                        knownHosts: try Files.readText("\(place)/known_hosts"),
                        certificate: try Files.readText("\(place)/key-cert.pub"),
                        modes: try [place, "\(place)/key"].map { try FilePermissions(of: $0).text }))
                return ScriptedTools.success
            }
            let plays = runner("\(directory)/plays", tools)
            try plays.prepare()
            let attributes = ["location.rack": "7", "x": "{{ 1 }} \"\\ \u{1F}ä"]
            _ = try await plays.run(order(["/p/ansible/firstboot.d/a.yml"], attributes)) { _ in }
            let found = try #require(seen.all.first)
            #expect(Array(found.arguments.suffix(4)) == ["--limit", "n1", "--", "/p/ansible/firstboot.d/a.yml"])
            #expect(found.isWhole && found.environment["SSH_AUTH_SOCK"] == nil)
            #expect(found.environment["HOME"] == FilePathText.parent(of: found.arguments[1]))
            #expect(found.inventory.contains("ansible_host: \"10.0.0.7\""))
            #expect(found.inventory.contains("StrictHostKeyChecking=yes"))
            #expect(found.inventory.contains("HostKeyAlias=n1 "))
            #expect(found.inventory.contains("\"x\": !unsafe \"{{ 1 }} \\\"\\\\ \\U0000001F\\U000000E4\""))
            #expect(found.inventory.contains("image: !unsafe \"debian-12@7\""))
            #expect(found.configuration.contains("host_key_checking = True"))
            #expect(found.knownHosts == "@cert-authority * key\n")
            #expect(found.certificate == "cert of ssh-ed25519 as muster firstboot plays for n1 for 600 s\n")
            #expect(found.modes == ["0700", "0600"])
            #expect(try Files.names(in: "\(directory)/plays").isEmpty)
        }
    }

    @Test("what a killed service left is removed, keys and all")
    func leftovers() throws {
        let directory = try TemporaryDirectory()
        try directory.write("secret", to: "plays/17/key")
        try runner(directory.path("plays"), ScriptedTools([:])).prepare()
        #expect(directory.content() == ["plays"])
    }

    @Test("the first play that fails ends the run, and what it said last is told")
    func failure() async throws {
        try await withTemporaryDirectory { directory in
            let tools = ScriptedTools { call in
                call.arguments.last?.hasSuffix("a.yml") == true
                    ? ScriptedTools.success
                    : ScriptedTools.failure("[WARNING]: x\nERROR! no module 'foo'\n\nwas found\n", exitCode: 4)
            }
            let error = await awaitedError {
                _ = try await runner(directory, tools).run(order(["/a.yml", "/b.yml", "/c.yml"])) { _ in }
            }
            #expect(
                error?.description
                    == "the firstboot play b.yml ended with status 4: ERROR! no module 'foo' | was found")
            #expect(tools.calls.count == 2)
            let left = try Files.names(in: directory)
            #expect(left.isEmpty)
        }
    }

    @Test("a server without Ansible says what to install")
    func missing() async throws {
        let tool = Tool("ansible-playbook", candidates: ["/nonexistent/ansible-playbook"], package: "ansible-core")
        let error = await awaitedError { _ = try await SystemToolRunner().run(tool, []) }
        #expect(error?.advice == "install it: apt-get install ansible-core")
        #expect(Tool.ansiblePlaybook.package == "ansible-core")
    }

    @Test(
        "the real ansible-playbook runs a play with the node's attributes, and tells of each task",
        .enabled(if: Tool.ansiblePlaybook.installedPath != nil, "ansible-core is not installed"))
    func real() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(
            """
            - hosts: all
              gather_facts: false
              roles: [greeting]
              tasks:
                - name: write
                  copy:
                    content: "{{ muster.node }} {{ muster.attributes['x'] }}"
                    dest: "\(directory.path)/written"
                - name: write the same
                  copy:
                    content: "{{ muster.node }} {{ muster.attributes['x'] }}"
                    dest: "\(directory.path)/written"
            """, to: "ansible/firstboot.d/a.yml")
        try directory.write("- name: greet\n  debug: msg=hello\n", to: "ansible/roles/greeting/tasks/main.yml")
        try directory.write(
            "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: give up\n      fail: msg='this cannot go on'\n",
            to: "ansible/firstboot.d/b.yml")
        var order = order([directory.path("ansible/firstboot.d/a.yml")], ["x": "{{ 1 + 1 }}"])
        order.directory = directory.path("ansible")
        let told = Recorder<String>()
        let plays = runner(directory.path("plays"), SystemToolRunner(), connection: "local")
        let recap = try await plays.run(order) { told.add($0) }
        #expect(told.all == ["a.yml: greeting : greet: ok", "a.yml: write: changed", "a.yml: write the same: ok"])
        #expect(recap.hasPrefix("a.yml: ok=3 changed=1 "))
        #expect(try Files.readText(directory.path("written")) == "n1 {{ 1 + 1 }}")
        order.playbooks = [directory.path("ansible/firstboot.d/b.yml")]
        let error = await awaitedError { _ = try await plays.run(order) { _ in } }
        #expect(
            error?.message
                == "the firstboot play b.yml ended with status 2: the task 'give up' failed: this cannot go on")
    }
}
