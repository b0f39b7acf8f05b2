import DeploymentModel
import MusterBase
import StrictYAML

/// The list `install.filesystems` of profile.yaml.
extension Profile {
    static func extras(_ value: YAMLValue, beside install: InstallSettings) throws -> [ExtraFileSystem] {
        guard install.encryption == nil else {
            throw value.error("'filesystems' do not go with encryption: they would not be encrypted")
        }
        var uses: Set<ExtraFileSystem.Use> = []
        var labels: Set<String> = []
        var percent = 0
        let extras = try value.list("file systems") { item in
            let extra = try extra(item, install.layout)
            guard uses.insert(extra.use).inserted else {
                throw item.error("there are two of '\(extra.path ?? "swap")'")
            }
            if let label = extra.label, !labels.insert(label).inserted {
                throw item.error("there are two of the label '\(label)'")
            }
            if case .percent(let part) = extra.size { percent += part }
            guard percent <= ExtraFileSystem.mostPercent else {
                throw item.error("with this, \(percent)% of the disk are given away; allowed: 90% in all")
            }
            return extra
        }
        // A directory before what lies below it.
        return extras.sorted { ($0.path ?? "~") < ($1.path ?? "~") }
    }

    private static func extra(_ value: YAMLValue, _ layout: InstallSettings.Layout) throws -> ExtraFileSystem {
        let fields = try value.mapping("a file system", keys: ["path", "size", "filesystem", "label"])
        let pathValue = try fields.required("path")
        let path = try pathValue.text(
            "place of a file system",
            allowed: "swap, or a plain path of 28 characters at most such as /home, not below "
                + "what a system starts from"
        ) { $0 == "swap" || ExtraFileSystem.isPlace($0) }
        if layout == .ab, ExtraFileSystem.holdsAgent(path) {
            throw pathValue.error("'\(path)' cannot be shared by two roots: each agent keeps its own there")
        }
        let sizeText = try fields.required("size").text(
            "size", allowed: "1% to 90% of the disk, or 320M and more, such as 20G or 1T"
        ) { ExtraFileSystem.Size($0) != nil }
        guard let size = ExtraFileSystem.Size(sizeText) else { throw value.error("'\(sizeText)' is no size") }
        if path == "swap" {
            for key in ["filesystem", "label"] {
                if let value = fields[key] { throw value.error("'\(key)' does not go with swap") }
            }
            return ExtraFileSystem(.swap, size: size)
        }
        let label = try fields["label"]?.text(
            "label", allowed: "1 to 12 letters, digits, '.', '_', '-'", ExtraFileSystem.isLabel)
        return ExtraFileSystem(
            .mount(path), size: size, type: try fields["filesystem"].map(fileSystem) ?? .ext4,
            label: label)
    }
}
