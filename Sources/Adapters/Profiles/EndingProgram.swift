/// A UEFI application that does nothing but end with an error, upon which the firmware goes on to the next entry of its
/// boot order.
///
/// Firmware that gets an address and no file to boot takes that for no answer, and goes on asking for about a minute.
/// One that was given a program which ended asks no more.
///
/// Source: Microsoft Portable Executable and Common Object File Format Specification, sections "COFF File Header" and
/// "Optional Header"; UEFI 2.10, sections 2.1.1 (images), 3.1.1 (what follows an application that ends) and appendix D
/// (status codes).
package struct EndingProgram {
    package enum Architecture: CaseIterable, Sendable {
        case x64, arm64

        /// `boot/end-x86_64.efi`: see `BootLoaders.ends` of the boot policy.
        package var fileName: String {
            switch self {
            case .x64: "end-x86_64.efi"
            case .arm64: "end-arm64.efi"
            }
        }

        /// IMAGE_FILE_MACHINE_AMD64, IMAGE_FILE_MACHINE_ARM64.
        fileprivate var machine: UInt16 {
            switch self {
            case .x64: 0x8664
            case .arm64: 0xAA64
            }
        }

        /// Returns EFI_NOT_FOUND, 0x8000_0000_0000_000E.
        fileprivate var code: [UInt8] {
            switch self {
            // mov rax, 0x800000000000000e; ret
            case .x64: [0x48, 0xB8, 0x0E, 0, 0, 0, 0, 0, 0, 0x80, 0xC3]
            // mov x0, #14; movk x0, #0x8000, lsl #48; ret
            case .arm64: [0xC0, 0x01, 0x80, 0xD2, 0x00, 0x00, 0xF0, 0xF2, 0xC0, 0x03, 0x5F, 0xD6]
            }
        }
    }

    let architecture: Architecture

    package init(architecture: Architecture) { self.architecture = architecture }

    /// In the file and in memory, where each section has a page of its own.
    private static let (fileUnit, page) = (0x200, 0x1000)
    private static let optionalHeaderSize = 112 + 16 * 8

    /// The file: headers, the code, and a table of relocations with none in it, without which some firmware refuses a
    /// program.
    package var octets: [UInt8] {
        var file = LittleEndianOctets()
        // DOS header: its mark, and at 60 the place of the next one.
        file.text("MZ")
        file.fill(to: 60)
        file.add(UInt32(64))
        file.text("PE\0\0")
        coffHeader(&file)
        optionalHeader(&file)
        // Read and execute; read and discard.
        section(".text", number: 1, size: architecture.code.count, flags: 0x6000_0020, &file)
        section(".reloc", number: 2, size: 8, flags: 0x4200_0040, &file)
        file.fill(to: Self.fileUnit)
        file.octets += architecture.code
        file.fill(to: 2 * Self.fileUnit)
        // A block of relocations for the page of the code: its address, and its size, which is that of these two.
        file.add(UInt32(Self.page))
        file.add(UInt32(8))
        file.fill(to: 3 * Self.fileUnit)
        return file.octets
    }

    private func coffHeader(_ file: inout LittleEndianOctets) {
        file.add(architecture.machine)
        file.add(UInt16(2))
        // No time, and no symbols: the same octets each time.
        for _ in 0..<3 { file.add(UInt32(0)) }
        file.add(UInt16(Self.optionalHeaderSize))
        // Executable, without line numbers, for addresses above 2 GB.
        file.add(UInt16(0x0026))
    }

    private func optionalHeader(_ file: inout LittleEndianOctets) {
        // PE32+; no version of a linker.
        file.add(UInt16(0x020B))
        file.add(UInt16(0))
        // Sizes of code, of initialised and of other data; entry point and begin of the code.
        for value in [Self.fileUnit, Self.fileUnit, 0, Self.page, Self.page] { file.add(UInt32(value)) }
        // No address is preferred.
        file.add(UInt64(0))
        file.add(UInt32(Self.page))
        file.add(UInt32(Self.fileUnit))
        // Versions of system, image and subsystem, and what is reserved.
        for _ in 0..<4 { file.add(UInt32(0)) }
        // Size in memory, size of the headers, no sum.
        for value in [3 * Self.page, Self.fileUnit, 0] { file.add(UInt32(value)) }
        // A UEFI application, which can do with memory that is not both written and executed.
        file.add(UInt16(10))
        file.add(UInt16(0x0100))
        // Stack and heap: the firmware's.
        for _ in 0..<4 { file.add(UInt64(0)) }
        file.add(UInt32(0))
        file.add(UInt32(16))
        // Of the sixteen directories, the sixth is for relocations.
        for number in 0..<16 {
            file.add(UInt32(number == 5 ? 2 * Self.page : 0))
            file.add(UInt32(number == 5 ? 8 : 0))
        }
    }

    private func section(_ name: String, number: Int, size: Int, flags: UInt32, _ file: inout LittleEndianOctets) {
        let end = file.octets.count + 8
        file.text(name)
        file.fill(to: end)
        for value in [size, number * Self.page, Self.fileUnit, number * Self.fileUnit, 0, 0, 0] {
            file.add(UInt32(value))
        }
        file.add(flags)
    }
}

private struct LittleEndianOctets {
    var octets: [UInt8] = []

    mutating func text(_ text: String) { octets += Array(text.utf8) }

    mutating func add(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { octets += Array($0) }
    }

    mutating func fill(to count: Int) {
        octets += [UInt8](repeating: 0, count: max(0, count - octets.count))
    }
}
