import MusterAPI

func profileTable(_ list: ProfileList) -> TextTable {
    var table = TextTable([
        .init("PROFILE"), .init("SOURCE"), .init("METHOD"), .init("ARCHITECTURE"), .init("STATE"),
        .init("LABEL", shrinks: true),
    ])
    for profile in list.profiles {
        table.add([
            .init(profile.name), .init(profile.image ?? profile.medium ?? "-"), .init(profile.method?.rawValue ?? "-"),
            .init(profile.architecture ?? "-"),
            profile.problems.isEmpty ? .init("good", .good) : .init(counted(profile.problems.count, "problem"), .bad),
            .init(profile.label ?? ""),
        ])
    }
    return table
}

func profileText(_ profile: ProfileDescription, _ style: TextStyle) -> String {
    let facts = [
        ("profile", profile.name), ("label", profile.label), ("family", profile.family),
        ("architecture", profile.architecture), ("method", profile.method?.rawValue), ("image", profile.image),
        ("medium", profile.medium),
        ("kernel arguments", profile.kernelArguments.isEmpty ? nil : profile.kernelArguments),
    ]
    var text = ""
    for (name, value) in facts {
        guard let value else { continue }
        text += style.paint(name, .strong) + String(repeating: " ", count: 18 - name.count) + printable(value) + "\n"
    }
    for (stage, scripts) in profile.scripts.sorted(by: { $0.key < $1.key }) where !scripts.isEmpty {
        text +=
            style.paint(stage, .strong) + String(repeating: " ", count: max(1, 18 - stage.count))
            + scripts.joined(separator: " ") + "\n"
    }
    for problem in profile.problems { text += style.paint("problem", .bad) + "           \(printable(problem))\n" }
    return text
}
