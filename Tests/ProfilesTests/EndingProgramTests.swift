import MusterBase
import Profiles
import Testing

@Suite("the program that leads UEFI firmware to the disk")
struct EndingProgramTests {
    /// Little-endian, so many octets.
    private func number(_ file: [UInt8], at offset: Int, _ count: Int) -> Int {
        file[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    @Test(
        "its headers lead to its code, and nothing lies outside of the file",
        arguments: EndingProgram.Architecture.allCases)
    func headers(_ architecture: EndingProgram.Architecture) throws {
        let file = EndingProgram(architecture: architecture).octets
        #expect(file.starts(with: Array("MZ".utf8)))
        let header = number(file, at: 60, 4)
        #expect(Array(file[header..<header + 4]) == [0x50, 0x45, 0, 0])
        #expect(number(file, at: header + 4, 2) == (architecture == .x64 ? 0x8664 : 0xAA64))
        let optional = header + 24
        let sections = optional + number(file, at: header + 20, 2)
        #expect(number(file, at: optional, 2) == 0x20B && number(file, at: optional + 68, 2) == 10)
        let entry = number(file, at: optional + 16, 4)
        for index in 0..<number(file, at: header + 6, 2) {
            let section = sections + index * 40
            let (address, size) = (number(file, at: section + 12, 4), number(file, at: section + 16, 4))
            let place = number(file, at: section + 20, 4)
            #expect(place >= section + 40 && place + size <= file.count)
            #expect(address + size <= number(file, at: optional + 56, 4))
            guard address == entry else { continue }
            // Ends with EFI_NOT_FOUND: "mov rax, imm64; ret", or "ret" of the other architecture as the third word.
            let code = Array(file[place..<place + 12])
            switch architecture {
            case .x64:
                #expect(code[..<2] == [0x48, 0xB8] && code[10] == 0xC3)
                #expect(code[2..<10] == [0x0E, 0, 0, 0, 0, 0, 0, 0x80])
            case .arm64: #expect(number(code, at: 8, 4) == 0xD65F_03C0)
            }
        }
        #expect(entry == 0x1000)
    }
}
