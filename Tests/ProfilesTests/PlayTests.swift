import LinuxSystem
import MusterBase
import Profiles
import TestSupport
import Testing

@Suite("the plays of a profile")
struct PlayTests {
    private func site(_ files: [String], yaml: String = "") throws -> (TestSite, Profile) {
        let site = try TestSite()
        try site.directory.write(
            "family: debian\nimage:\n  name: debian-12\n\(yaml)", to: "os/web/profile.yaml")
        for file in files { try site.directory.write("- hosts: all\n", to: "os/web/ansible/\(file)") }
        return (site, try site.store.load("web"))
    }

    @Test("playbooks run in natural order; what stands beside them is none")
    func order() throws {
        let (site, profile) = try site([
            "onboot.d/10-b.yml", "onboot.d/9-a.yaml", "onboot.d/.x.yml", "onboot.d/notes.txt", "onboot.d/roles/a.yml",
            "roles/r/tasks/main.yml",
        ])
        let plays = try site.store.plays(of: profile, stage: .onboot)
        #expect(plays.map(\.name) == ["9-a.yaml", "10-b.yml"])
        #expect(plays[0].path == "\(site.store.path("web"))/ansible/onboot.d/9-a.yaml")
        #expect(try site.store.plays(of: profile, stage: .firstboot).isEmpty)
        #expect(site.store.playProblems(of: profile).isEmpty)
    }

    @Test("plays in a stage without a running system are refused", arguments: ["pre", "post"])
    func tooEarly(stage: String) throws {
        let (site, profile) = try site(["\(stage).d/a.yml"])
        let value = try #require(Profile.Stage(rawValue: stage))
        let error = caughtError { _ = try site.store.plays(of: profile, stage: value) }
        #expect(error?.code == .unsupported && error?.message.contains("ansible/\(stage).d has plays") == true)
        #expect(site.store.playProblems(of: profile).count == 1)
    }

    @Test("plays that never run are told of")
    func never() throws {
        let (site, profile) = try site(["onboot.d/a.yml", "firstboot.d/b.yml"], yaml: "stages: [firstboot]\n")
        #expect(try site.store.plays(of: profile, stage: .onboot).isEmpty)
        #expect(
            site.store.playProblems(of: profile) == [
                "ansible/firstboot.d has plays, and that stage is for systems on a disk: use onboot.d",
                "ansible/onboot.d has plays, but 'stages' leaves that stage out",
            ])
    }
}
