import MusterBase
import OSFamilies
import TestSupport
import Testing

@Suite("installers")
struct KnownInstallerTests {
    @Test("a family's installer is given out when the agent can work beside it, and not before")
    func installable() {
        for (family, system) in AnswerSamples.systems {
            #expect(family.knownInstaller(for: system) != nil, "\(family)")
            #expect((family.installer(for: system) != nil) == OSFamily.installable.contains(family), "\(family)")
        }
        #expect(OSFamily.clearLinux.knownInstaller(for: AnswerSamples.system("clear-linux-os", "42000")) == nil)
    }

    @Test("SUSE has another installer from 16 on")
    func suse() {
        func name(_ version: String?) -> String? {
            OSFamily.suse.knownInstaller(for: AnswerSamples.system("sles", version))?.answerFile
        }
        #expect(name("15.7") == "autoinst.xml" && name("12.5") == "autoinst.xml" && name(nil) == "autoinst.xml")
        #expect(name("16.0") == "agama.json")
    }

    @Test("answers and kernel arguments of a profile have nothing of a site or a machine, and each variant has them")
    func common() throws {
        for (family, system) in AnswerSamples.systems {
            let installer = try #require(family.knownInstaller(for: system))
            let arguments = installer.kernelArguments(for: system, consoles: ["tty0", "ttyS0,115200n8"])
            let texts = ProfileVariant.allCases.map { installer.defaultAnswers(for: system, variant: $0) }
            for text in texts + arguments {
                #expect(!text.contains("http://") || text.contains("suse.com/1.0"), "\(system): \(text)")
                #expect(!text.contains("10.1.") && !text.contains("\r") && !text.contains("rootpw"), "\(text)")
            }
            #expect(texts.allSatisfy { $0.hasSuffix("\n") && !$0.hasSuffix("\n\n\n") }, "\(system)")
            // Linux takes /dev/console from the last; ESXi has its own words.
            if family != .esxi {
                #expect(arguments.suffix(2) == ["console=tty0", "console=ttyS0,115200n8"], "\(system)")
                let silent = installer.kernelArguments(for: system, consoles: [])
                #expect(!silent.contains { $0.hasPrefix("console=") })
            }
            let allowed = arguments.allSatisfy { $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
            #expect(allowed && !arguments.contains { $0.hasPrefix("rdinit=") }, "\(arguments)")
        }
    }

    @Test(
        "the files of a machine are written anew once its disk is known, and none goes over another of the same moment")
    func moments() throws {
        for (installer, system) in AnswerSamples.joined {
            let profile = installer.defaultAnswers(for: system, variant: .standard)
            let first = try installer.files(for: AnswerSamples.machine(), of: system, profile: profile)
            #expect(!first.isEmpty && first.allSatisfy { $0.moment == .start && $0.mode == 0o600 }, "\(system)")
            let later = try installer.files(for: AnswerSamples.machine(disk: "/dev/vdb"), of: system, profile: profile)
            if !(installer is FlatcarInstaller), !(installer is ESXiInstaller) {
                #expect(!later.isEmpty && later.allSatisfy { $0.moment == .disk }, "\(system)")
                #expect(later.contains { $0.text.contains("vdb") }, "\(system)")
            }
            for files in [first, later] { #expect(Set(files.map(\.path)).count == files.count) }
        }
    }

    @Test("a machine's own values stand in its files, whatever the family")
    func values() throws {
        for (installer, system) in AnswerSamples.joined where !(installer is FedoraCoreOSInstaller) {
            let all = try AnswerSamples.texts(installer, system, AnswerSamples.machine()).joined(separator: "\n")
            if installer is FlatcarInstaller { continue }
            #expect(all.contains("n1.cluster.example") || all.contains("<domain>cluster.example</domain>"), "\(system)")
            #expect(all.contains(AnswerSamples.crypt), "\(system)")
            #expect(installer is AgamaInstaller || all.contains("10.1.0.1"), "\(system)")
            if !(installer is ESXiInstaller) {
                #expect(all.contains("Europe/Berlin") && all.contains("de_DE"), "\(system)")
                #expect(all.contains("installer-hook") && all.contains("finish"), "\(system)")
            }
        }
    }

    @Test("a time zone does not lead out of its directory, and a hash is one")
    func words() throws {
        var machine = AnswerSamples.bare()
        (machine.timeZone, machine.rootPasswordCrypt) = ("../../etc/shadow", "correct horse")
        for (installer, system) in AnswerSamples.joined {
            for text in try AnswerSamples.texts(installer, system, machine) {
                #expect(!text.contains("shadow") && !text.contains("horse"), "\(system)")
            }
        }
        let overlay = AlpineInstaller().overlay(for: machine, profile: "openssh")
        #expect(!overlay.contains { $0.path == "etc/localtime" })
    }

    @Test(
        "values that would begin a line, an element or a key of their own do not",
        // A path is an argument of the kernel like another.
        arguments: HostileTexts.all.filter { $0 != "../../INJECTED" })
    func hostile(text: String) throws {
        for (installer, system) in AnswerSamples.joined {
            let plain = try AnswerSamples.texts(installer, system, AnswerSamples.bare()).joined(separator: "\n")
            for written in try AnswerSamples.texts(installer, system, AnswerSamples.hostile(text)) {
                for line in written.split(whereSeparator: \.isNewline) where line.contains(HostileTexts.injected) {
                    // All that may hold it is a comment of an SSH key, between quotes.
                    let isKey = line.contains("ssh-rsa AAAA ") || line.contains("data:;base64,")
                    #expect(isKey && !plain.contains(line), "\(system): \(line)")
                }
                let controls = written.unicodeScalars.filter { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }
                #expect(controls.isEmpty, "\(system)")
            }
        }
    }

    @Test("whatever a profile's file holds, there are files or an error")
    func fuzz() throws {
        var generator = SeededGenerator(seed: 7)
        var good = 0
        let pieces = Array("{}[]<>\"':#-%&\n \\/!=|".utf8)
        for round in 0..<3000 {
            let (installer, system) = AnswerSamples.joined[round % AnswerSamples.joined.count]
            let variant = ProfileVariant.allCases[round % 3]
            var octets = Array(installer.defaultAnswers(for: system, variant: variant).utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) where !octets.isEmpty {
                let place = Int.random(in: 0..<octets.count, using: &generator)
                switch Int.random(in: 0...3, using: &generator) {
                case 0: octets[place] = pieces.randomElement(using: &generator) ?? 0
                case 1: octets.removeSubrange(place..<min(octets.count, place + 12))
                case 2: octets.insert(pieces.randomElement(using: &generator) ?? 0, at: place)
                default: octets = Array(octets[..<place])
                }
            }
            let profile = String(decoding: octets, as: UTF8.self)
            do {
                _ = try AnswerSamples.texts(installer, system, AnswerSamples.machine(), profile: profile)
                good += 1
            } catch let error as MusterError {
                #expect([.malformed, .unsupported].contains(error.code))
            }
        }
        #expect(good > 500 && good < 3000)
    }
}
