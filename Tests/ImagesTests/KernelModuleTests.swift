import Images
import MusterBase
import TestSupport
import Testing

@Suite("kernel modules")
struct KernelModuleTests {
    let index = KernelModuleIndex(
        dependencies: """
            kernel/a/top.ko.xz: kernel/a/middle.ko.xz
            kernel/a/middle.ko.xz: kernel/b/low-level.ko.xz
            kernel/b/low-level.ko.xz:
            kernel/c/partner.ko.xz:
            kernel/d/other.ko.xz:
            """,
        softDependencies: "# comment\nsoftdep low_level pre: partner post: absent\n")

    @Test("what a module needs comes along, at any depth and for a soft dependency of any form of its name")
    func closure() {
        #expect(
            index.closure(of: ["kernel/a/top.ko.xz"]) == [
                "kernel/a/middle.ko.xz", "kernel/a/top.ko.xz", "kernel/b/low-level.ko.xz", "kernel/c/partner.ko.xz",
            ])
    }

    @Test("the index for the agent names the unpacked modules")
    func dependencyText() {
        #expect(
            index.dependencyText(for: ["kernel/a/middle.ko.xz", "kernel/b/low-level.ko.xz"])
                == "kernel/a/middle.ko: kernel/b/low-level.ko\nkernel/b/low-level.ko:\n")
    }

    @Test("aliases of modules that are left out are left out")
    func aliases() {
        let text = "# comment\nalias pci:v1 low-level\nalias pci:v2 other\nalias odd\n"
        #expect(KernelModuleIndex.aliasText(text, keeping: ["low_level"]) == "alias pci:v1 low-level\n")
    }

    @Test("the firmware that a module asks for is read from its ELF file")
    func firmware() throws {
        let module = TestModule.elf(information: ["license=GPL", "firmware=a/b.bin", "alias=x", "firmware=c.bin"])
        #expect(try ModuleInformation.firmware(ofModule: module) == ["a/b.bin", "c.bin"])
        #expect(throws: MusterError.self) { try ModuleInformation.firmware(ofModule: Array("no ELF".utf8)) }
    }

    @Test("20,000 damaged modules are read or refused, and never end the program")
    func damaged() {
        let module = TestModule.elf(information: ["firmware=a/b.bin"])
        var random = SeededGenerator(seed: 3)
        for _ in 0..<20_000 {
            var copy = module
            for _ in 0..<3 {
                copy[Int.random(in: 4..<copy.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            copy.removeLast(Int.random(in: 0..<8, using: &random))
            _ = try? ModuleInformation.firmware(ofModule: copy)
        }
    }
}
