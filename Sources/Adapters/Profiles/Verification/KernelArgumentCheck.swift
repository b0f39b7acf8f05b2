/// Kernel arguments of a profile that nobody reads, or that Muster sets itself.
struct KernelArgumentCheck {
    /// Those that the agent reads and an administrator may set: `MusterAgent/Machine/KernelArguments.swift`.
    private static let known = ["muster.debug", "muster.ip", "muster.server"]
    /// Set by Muster, and where else they come from.
    private static let own = [
        "rdinit": "Muster sets it itself; leave it out",
        "muster.installer": "Muster sets it itself; leave it out",
        "muster.trial": "Muster sets it itself; leave it out",
        "console": "it belongs into 'console', in profile.yaml",
    ]

    func problems(of profile: Profile) -> [String] {
        problems(profile.kernelArguments, "kernel_arguments")
            + problems(profile.installedKernelArguments ?? "", "installed_kernel_arguments")
    }

    private func problems(_ line: String, _ key: String) -> [String] {
        line.split(separator: " ").compactMap { word in
            let name = String(word.prefix { $0 != "=" })
            if let advice = Self.own[name] { return "profile.yaml: \(key) has '\(word)': \(advice)" }
            guard name.hasPrefix("muster."), !Self.known.contains(name) else { return nil }
            return "profile.yaml: \(key) has '\(word)', which nothing reads; there are: "
                + Self.known.joined(separator: ", ")
        }
    }
}
