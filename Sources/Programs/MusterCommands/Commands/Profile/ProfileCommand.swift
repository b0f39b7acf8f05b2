import ArgumentParser

struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration.command(
        "profile", "Profiles: how an operating system is put on nodes.",
        examples: ["muster profile create debian-12 debian-12", "muster profile list"],
        subcommands: [
            ProfileListCommand.self, ProfileShowCommand.self, ProfileCreateCommand.self, ProfileCopyCommand.self,
            ProfileUpdateBootCommand.self, ProfileRebaseCommand.self, ProfileVerifyCommand.self,
            ProfileRemoveCommand.self,
        ])
}
