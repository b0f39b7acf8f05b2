import DeploymentModel
import Images
import LinuxSystem
import MusterBase
import OSFamilies
import StrictYAML

extension Profile {
    /// Reads a profile's file. Throws ``MusterError`` `malformed` with file, line and column for what it may not hold.
    ///
    /// - Parameter name: The name of the directory that it lies in.
    public static func read(path: String, name: String) throws -> Profile {
        try parse(try Files.readText(path, limit: 1 << 20), file: path, name: name)
    }

    /// Reads the text of a `profile.yaml`.
    public static func parse(_ text: String, file: String, name: String) throws -> Profile {
        let top = try YAMLValue.parse(text, file: file).mapping("a profile", keys: keys)
        return Profile(
            name: name, label: try top["label"]?.line("label"),
            family: try top.required("family").text("family", allowed: familyRule, isFamily),
            version: try top["version"]?.text("version"),
            architecture: try top["architecture"]?.word("architecture", of: ["x86_64", "aarch64"]) ?? "x86_64",
            kernelArguments: try top["kernel_arguments"].map(kernelLine) ?? "",
            installedKernelArguments: try top["installed_kernel_arguments"].map(kernelLine),
            system: try system(top),
            consoles: try top["console"].map(consoles) ?? defaultConsoles,
            stages: try top["stages"]?.list("stages", stage) ?? Stage.allCases,
            bootLoader: try bootLoader(top),
            install: try top["install"].map(install) ?? InstallSettings())
    }

    private static let familyRule = "a distribution as its os-release calls itself, such as debian or rocky"

    /// What may stand behind `ID=`: os-release(5).
    private static func isFamily(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { isLetter($0) && $0 & 0x20 != 0 || isDigit($0) || "._-".utf8.contains($0) }
    }

    static let keys = [
        "label", "family", "version", "architecture", "kernel_arguments", "installed_kernel_arguments", "image",
        "installer", "boot_loader", "console", "stages", "install",
    ]

    private static func system(_ top: YAMLMapping) throws -> System {
        guard let value = top["installer"] else { return .image(try image(top.required("image"))) }
        for key in ["image", "install"] {
            if let other = top[key] { throw other.error("'\(key)' does not go with 'installer'") }
        }
        let word = try value.word("installer", of: OSFamily.installable.map(\.rawValue))
        return .installer(OSFamily(rawValue: word) ?? .debian)
    }

    private static func bootLoader(_ top: YAMLMapping) throws -> BootLoader {
        guard let value = top["boot_loader"] else { return .automatic }
        let word = try value.word("boot loader", of: BootLoader.allCases.map(\.rawValue))
        guard word != BootLoader.signed.rawValue || top["installer"] != nil else {
            throw value.error("'boot_loader: signed' goes with 'installer' only")
        }
        return BootLoader(rawValue: word) ?? .automatic
    }

    private static func install(_ value: YAMLValue) throws -> InstallSettings {
        let fields = try value.mapping(
            "install",
            keys: ["filesystem", "layout", "trial_minutes", "keep_chunks", "encryption", "tpm_pcrs", "filesystems"])
        let layouts = InstallSettings.Layout.allCases.map(\.rawValue)
        var install = InstallSettings()
        if let value = fields["filesystem"] { install.fileSystem = try fileSystem(value) }
        if let word = try fields["layout"]?.word("layout", of: layouts) {
            install.layout = .init(rawValue: word) ?? .single
        }
        if let value = fields["trial_minutes"] {
            guard install.layout == .ab else { throw value.error("'trial_minutes' goes with the layout 'ab' only") }
            install.trialMinutes = try value.integer("number of minutes", in: InstallSettings.trialRange)
        }
        if let value = fields["keep_chunks"] { install.keepsChunks = try value.bool("answer") }
        install.encryption = try encryption(fields)
        if let value = fields["filesystems"] { install.extras = try extras(value, beside: install) }
        return install
    }

    static func fileSystem(_ value: YAMLValue) throws -> InstallSettings.FileSystem {
        let names = InstallSettings.FileSystem.allCases.map(\.rawValue)
        return .init(rawValue: try value.word("file system", of: names)) ?? .ext4
    }

    private static func encryption(_ fields: YAMLMapping) throws -> DiskEncryption? {
        guard try fields["encryption"]?.word("encryption", of: ["none", "tpm2"]) == "tpm2" else {
            if let value = fields["tpm_pcrs"] { throw value.error("'tpm_pcrs' goes with the encryption 'tpm2' only") }
            return nil
        }
        guard let registers = try fields["tpm_pcrs"]?.list("registers", register) else { return DiskEncryption() }
        return DiskEncryption(registers: Set(registers).sorted())
    }

    private static func register(_ value: YAMLValue) throws -> Int {
        try value.integer("number of a register", in: DiskEncryption.knownRegisters)
    }

    private static func image(_ value: YAMLValue) throws -> ImageChoice {
        let fields = try value.mapping("image", keys: ["name", "version", "channel", "method", "fill"])
        let methods = DeploymentMethod.ofImages.map(\.rawValue)
        let method = try fields["method"]?.word("method", of: methods) ?? DeploymentMethod.untethered.rawValue
        let fills = RootFill.allCases.map(\.rawValue)
        let fill = try fields["fill"].map { RootFill(rawValue: try $0.word("fill", of: fills)) ?? .none }
        if let value = fields["fill"], method != DeploymentMethod.tethered.rawValue {
            throw value.error("'fill' goes with the method 'tethered' only")
        }
        return ImageChoice(
            name: try fields.required("name").text(
                "image name", allowed: "lower-case letters, digits, '.', '_', '-'", ImageReference.isValidName),
            version: try choice(fields),
            method: DeploymentMethod(rawValue: method) ?? .untethered, fill: fill ?? .none)
    }

    private static func choice(_ fields: YAMLMapping) throws -> ImageChoice.Version {
        guard let channel = fields["channel"] else { return try fields["version"].map(version) ?? .latest }
        guard fields["version"] == nil else {
            throw channel.error("an image has a version or a channel, not both")
        }
        return .channel(
            try channel.text(
                "channel", allowed: "lower-case letters, digits, '.', '_', '-', first a letter; not latest",
                ImageChannels.isValidName))
    }

    private static func version(_ value: YAMLValue) throws -> ImageChoice.Version {
        let text = try value.text("version", allowed: "latest, or a number from 1") { text in
            text == "latest" || Int(text).map { $0 >= 1 } == true
        }
        return Int(text).map { .number($0) } ?? .latest
    }

    private static func stage(_ value: YAMLValue) throws -> Stage {
        let word = try value.word("stage", of: Stage.allCases.map(\.rawValue))
        return Stage(rawValue: word) ?? .onboot
    }

    private static func consoles(_ value: YAMLValue) throws -> [String] {
        let rule = "devices with blanks between, such as 'tty0 ttyS1,115200n8', or none"
        let text = try value.text("console", allowed: rule) { text in
            let entries = text.split(separator: " ")
            return !entries.isEmpty && (entries == ["none"] || entries.allSatisfy(isConsole))
        }
        return text == "none" ? [] : text.split(separator: " ").map(String.init)
    }

    /// A device and its options, as the kernel's `console=` takes them: `tty0`, `ttyS1,115200n8`,
    /// `uart8250,io,0x3f8,115200`. The speed of a serial line is followed by parity, bits and flow control.
    private static func isConsole(_ entry: Substring) -> Bool {
        let parts = entry.split(separator: ",", omittingEmptySubsequences: false)
        guard entry.utf8.count <= 64, entry != "none", let first = parts[0].utf8.first, isLetter(first),
            parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { isLetter($0) || isDigit($0) } })
        else { return false }
        guard parts.count == 2, parts[0].hasPrefix("tty") else { return parts.count == 1 || parts[0].hasPrefix("uart") }
        var rest = parts[1].utf8.drop(while: isDigit)
        guard rest.count < parts[1].utf8.count else { return false }
        if let parity = rest.first, "noe".utf8.contains(parity) { rest = rest.dropFirst() }
        if let bits = rest.first, "5678".utf8.contains(bits) { rest = rest.dropFirst() }
        return rest.isEmpty || rest.elementsEqual("r".utf8)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// The line goes into a script of iPXE, which gives a meaning to `$`, quotes, backslash, `#`, `&&`, `||` and `;`, and
    /// for the boot from disk into a file that a shell reads and into GRUB's menu, which know some more.
    private static func kernelLine(_ value: YAMLValue) throws -> String {
        guard let text = value.plainText else { throw value.error("kernel arguments must be a text") }
        guard text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }),
            !text.contains(where: { "$\"'\\#;&|`<>{}".contains($0) })
        else {
            throw value.error(
                "these kernel arguments cannot stand in a boot script",
                allowed: "one line of ASCII without $ \" ' \\ # ; & | ` < > { }")
        }
        for word in text.split(separator: " ") where word.hasPrefix("initrd=") || word.hasPrefix("muster.profile=") {
            throw value.error("the kernel argument '\(word)' is set by Muster itself")
        }
        return text
    }
}
