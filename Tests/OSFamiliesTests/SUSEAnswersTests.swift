import MusterBase
import OSFamilies
import TestSupport
import Testing

@Suite("AutoYaST and Agama")
struct SUSEAnswersTests {
    private func autoYaST(_ profile: String, _ machine: MachineAnswers = AnswerSamples.bare()) throws -> String {
        let files = try AutoYaSTInstaller().files(
            for: machine, of: AnswerSamples.system("sles", "15.7"), profile: profile)
        return try #require(files.first).text
    }

    private func agama(_ profile: String, _ machine: MachineAnswers = AnswerSamples.bare()) throws -> String {
        let files = try AgamaInstaller().files(
            for: machine, of: AnswerSamples.system("sles", "16.0"), profile: profile)
        return try #require(files.first).text
    }

    @Test("sections of the profile stay as they are written, with their comments; a machine's take the place of theirs")
    func kept() throws {
        let text = try autoYaST(
            """
            <?xml version="1.0"?>
            <!-- Mine > yours. -->
            <profile xmlns="urn:a" a='1 > 2'>
              <timezone><timezone>all</timezone></timezone>
              <!-- Of files. -->
              <files config:type="list"><file><c><![CDATA[<a> & b]]></c><d/></file></files>
              <scripts><chroot-scripts config:type="list"><script><source>a &lt; b
            c</source></script></chroot-scripts></scripts>
            </profile>
            <!-- End. -->
            """)
        for part in [
            "<?xml version=\"1.0\"?>\n<!-- Mine > yours. -->\n<profile xmlns=\"urn:a\" a='1 > 2'>\n",
            "<!-- Of files. -->",
            "<files config:type=\"list\">", "<c><![CDATA[<a> & b]]></c>", "<d/>", "<source>a &lt; b\nc</source>",
            "<timezone>Etc/UTC</timezone>", "</profile>\n<!-- End. -->\n", "<keep_install_network ",
            "<hostname>n1</hostname>", "<user_password>!</user_password>", "<pre-scripts config:type=\"list\">",
            "installer-hook disk\n</source>", "installer-hook finish\n</source>",
        ] { #expect(text.contains(part), "\(part) in \(text)") }
        #expect(!text.contains("<timezone>all"))
        #expect(text.components(separatedBy: "<chroot-scripts").count == 2)
    }

    @Test("the chosen disk goes to the first drive that names no device, and is not asked for again")
    func disk() throws {
        let drives = "<drive><device>/dev/sdz</device></drive><drive><use>all</use></drive><drive/>"
        let machine = AnswerSamples.bare(disk: "/dev/vda")
        let text = try autoYaST("<profile><partitioning>\(drives)</partitioning></profile>", machine)
        let flat = text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined()
        #expect(flat.contains("</drive><drive><device>/dev/vda</device><use>all</use></drive><drive/>"))
        #expect(!text.contains("installer-hook disk") && text.contains("installer-hook finish"))
        #expect(try autoYaST("<profile/>", machine).contains("<device>/dev/vda</device>"))
    }

    @Test("modules come from where the packages are, and the network as it is given")
    func machine() throws {
        var machine = AnswerSamples.machine()
        machine.network = "<networking><interfaces config:type=\"list\"/><dns><nameservers/></dns></networking>"
        let profile = AutoYaSTInstaller().defaultAnswers(for: AnswerSamples.system("sles", "15.7"), variant: .hpc)
        #expect(profile.contains("relurl://Module-Development-Tools"))
        let text = try autoYaST(profile, machine)
        for part in [
            "<media_url>http://10.1.0.1/os/p/distribution/Module-Basesystem</media_url>", "<keymap>de</keymap>",
            "<language>de_DE</language>", "<append>console=ttyS0,115200n8 quiet</append>",
            "<address>ntp.cluster.example</address>",
            "<listentry>ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVq Jo &quot;the",
            "<interfaces config:type=\"list\"/>", "<nameservers/>", "<domain>cluster.example</domain>",
        ] { #expect(text.contains(part), "\(part) in \(text)") }
    }

    @Test(
        "what is no well-formed profile is refused",
        arguments: [
            "", "<profile>", "<profile></a></profile>", "<a/>", "<profile/><profile/>", "<profile a=\"></profile>",
            "<!-- ", "<profile><![CDATA[</profile>", "< profile/>", "text",
            String(repeating: "<profile>", count: 70) + String(repeating: "</profile>", count: 70),
        ])
    func refused(profile: String) throws {
        let error = caughtError { _ = try autoYaST(profile) }
        #expect(error?.code == .malformed && error?.message.hasPrefix("autoinst.xml ") == true, "\(profile)")
    }

    @Test("Agama: a machine's values go into the profile's, its scripts stay, and the disk is searched for by its name")
    func agama() throws {
        var machine = AnswerSamples.machine(disk: "/dev/vda")
        machine.network = "{\"connections\": []}"
        let text = try agama(
            """
            {"product": {"id": "SLES"}, "root": {"password": "all"}, "localization": {"timezone": "all"},
             "storage": {"drives": [{"search": "/dev/sdz"}, {"partitions": []}, {}]}, "number": 1.5,
             "scripts": {"post": [{"name": "mine", "content": "a/b"}]}}
            """, machine)
        let flat = text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined()
        for part in [
            "\"product\" : {\"id\" : \"SLES\"}", "\"password\" : \"\(AnswerSamples.crypt)\"",
            "\"hashedPassword\" : true",
            "\"timezone\" : \"Europe/Berlin\"", "\"keyboard\" : \"de-nodeadkeys\"",
            "\"search\" : \"/dev/sdz\"},{\"partitions\"",
            "\"search\" : \"/dev/vda\"},{}", "\"static\" : \"n1.cluster.example\"",
            "\"content\" : \"a/b\",\"name\" : \"mine\"},{\"chroot\" : false",
            "\"extraKernelParams\" : \"console=ttyS0,115200n8 quiet\"", "\"number\" : 1.5",
        ] { #expect(flat.contains(part), "\(part) in \(flat)") }
        #expect(caughtError { _ = try agama("[1]") }?.code == .malformed)
        #expect(caughtError { _ = try agama("{") }?.code == .malformed)
    }

    @Test("Leap's product has its version in its name")
    func product() {
        let leap = AgamaInstaller().defaultAnswers(
            for: AnswerSamples.system("opensuse-leap", "16.1"), variant: .minimal)
        #expect(leap.contains("\"Leap_16.1\"") && leap.contains("minimal_base"))
    }
}
