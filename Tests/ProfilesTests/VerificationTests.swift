import LinuxSystem
import MusterBase
import Profiles
import TestSupport
import Testing

@Suite("faults in profiles")
struct VerificationTests {
    private let site: InstallerSite

    init() async throws {
        site = try InstallerSite()
        try await site.makeProfile()
    }

    private func problems() throws -> [String] { try site.store.verify("trixie") }

    @Test(
        "faults in answers to debian-installer are told with their line",
        arguments: [
            ("d-i clock-setup/utc boolean", "clock-setup/utc is boolean: true or false, and not ''"),
            ("d-i clock-setup/utc", "has no type"),
            ("d-i clock boolean true", "'clock' is no question"),
            ("d-i clock-setup/utc bool true", "'bool' is no type of a question; there are: boolean, error,"),
            ("d-i a/b string x\r", "as lines of Windows do"),
            ("d-i a/b string x \\", "the file ends where it says that the line goes on"),
            ("d-i passwd/root-password password secret", "anybody can read this file"),
        ])
    func preseed(line: String, fault: String) {
        let found = PreseedCheck().problems(in: "# first\n\(line)")
        #expect(found.count == 1 && found.first?.hasPrefix("line 2: ") == true, "\(found)")
        #expect(found.first?.contains(fault) == true, "\(found)")
    }

    @Test(
        "what debian-installer takes is good",
        arguments: [
            "", "#d-i x\\\n  # y", "d-i a/b string", "d-i a/b select a b c", "d-i\ta/b\tstring \\\n one \\\n two",
            "d-i a/b boolean true ", "d-i a/b seen false", "d-i passwd/root-password password !", "d-i a/b note",
        ])
    func good(text: String) { #expect(PreseedCheck().problems(in: text) == []) }

    @Test("a continued line is told by the number of its first part, and those behind it by theirs")
    func continued() {
        #expect(
            PreseedCheck().problems(in: "d-i a \\\n string x\nd-i b string x\n").map { $0.prefix(7) }
                == ["line 1:", "line 3:"])
    }

    @Test("the answers of a profile are looked at")
    func answers() throws {
        try site.append("d-i x\n", to: "preseed.cfg")
        #expect(try problems().first?.hasPrefix("preseed.cfg: line ") == true)
    }

    @Test("kernel arguments that nobody reads, and those that Muster sets itself")
    func arguments() throws {
        let file = try site.text("trixie", "profile.yaml")
        try AtomicFile.write(
            file.replacing(
                "kernel_arguments: \"\"", with: "kernel_arguments: quiet muster.sever=1 muster.debug console=tty1")
                + "installed_kernel_arguments: rdinit=/x\n", to: site.path("trixie", "profile.yaml"))
        try site.store.updateBoot("trixie")
        #expect(
            try problems() == [
                "profile.yaml: kernel_arguments has 'muster.sever=1', which nothing reads; there are: muster.debug, "
                    + "muster.ip, muster.server",
                "profile.yaml: kernel_arguments has 'console=tty1': it belongs into 'console', in profile.yaml",
                "profile.yaml: installed_kernel_arguments has 'rdinit=/x': Muster sets it itself; leave it out",
            ])
    }

    @Test("scripts that would not run, and links that lead nowhere")
    func scripts() throws {
        for (name, text) in [
            ("1-none", "echo\n"), ("2-windows", "#!/bin/sh\r\necho\r\n"), ("3-path", "#!sh\n"),
            ("4-env", "#!/usr/bin/env\n"),
            ("5-good", "#! /usr/bin/env python3\n"), ("6-program", "\u{7F}ELF"), (".gitkeep", ""),
        ] { try AtomicFile.write(text, to: site.path("trixie", "scripts/post.d/\(name)")) }
        try Files.link(site.path("trixie", "syncfiles"), to: "/nowhere/at/all")
        let found = try problems()
        #expect(found.count == 5, "\(found)")
        #expect(
            zip(
                found,
                ["1-none: it does not say", "2-windows: its lines end", "3-path: what runs it", "4-env: /usr/bin/env"]
            )
            .allSatisfy { $0.hasPrefix("scripts/post.d/\($1)") }, "\(found)")
        #expect(found.last == "syncfiles leads to /nowhere/at/all, which is not there")
    }

    @Test("what shells say of scripts is told", .enabled(if: Files.exists("/bin/sh")))
    func syntax() async throws {
        try AtomicFile.write("#!/bin/sh\nif true\n", to: site.path("trixie", "scripts/post.d/1-open"))
        let tools = ScriptedTools { call in
            call.tool == "sh" && call.arguments.last?.hasSuffix("1-open") == true
                ? ScriptedTools.failure(
                    "\(call.arguments.last ?? ""): 3: Syntax error: end of file unexpected", exitCode: 2)
                : ScriptedTools.success
        }
        let found = try await site.store.verify("trixie", tools: tools)
        #expect(found == ["scripts/post.d/1-open: sh: 3: Syntax error: end of file unexpected"])
    }
}
