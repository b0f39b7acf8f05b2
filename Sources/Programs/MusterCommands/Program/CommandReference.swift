import ArgumentParser

/// The reference of all commands, made from their own help: docs/reference/commands.md.
package enum CommandReference {
    package struct Entry: Sendable {
        /// The words behind `muster`.
        package var path: [String]
        package var help: String
    }

    /// The root and all commands that are not hidden, in the order of their help.
    package static var entries: [Entry] { entries(of: MusterCommand.self, []) }

    private static func entries(of command: any ParsableCommand.Type, _ path: [String]) -> [Entry] {
        let help = MusterCommand.helpMessage(for: command, columns: 80)
        let children = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        return [Entry(path: path, help: help)]
            + children.flatMap { entries(of: $0, path + [$0.configuration.commandName ?? ""]) }
    }

    /// Reads a command line without running it.
    package static func parse(_ arguments: [String]) throws { _ = try MusterCommand.parseAsRoot(arguments) }

    package static var markdown: String {
        var text = """
            # Commands

            Made from the commands' own help by the tests of MusterCommands: `UPDATE_GOLDEN=1` writes it anew.

            All commands write results to standard output and words for people to standard error. They end with 0 when
            all was done, 1 when it failed, also in part (each node that failed is named), 64 when the command line is
            wrong, 130 after Ctrl-C. Wrong is an option or argument that is not there, a noderange that cannot be read, and a
            name or value that no attribute, profile or image can have. A node, group, profile or image that does not exist,
            and what stands in a file (`muster.yaml`, `profile.yaml`, a recipe), is no fault of the command line: 1.
            `--output json` writes one document, see [its shape](#json).

            """
        for entry in entries {
            let name = (["muster"] + entry.path).joined(separator: " ")
            text += "\n\(entry.path.count > 1 ? "###" : "##") \(name)\n\n```\n\(entry.help)\n```\n"
        }
        return text + shapes
    }

    private static let shapes = """

        ## JSON

        One object a command. Keys are in snake_case; times are texts in RFC 3339; a key without a value is left out. New keys
        may come; those that are there keep their names and types. `[x]` is a list of x, `?` a key that may be missing.

        | command | object |
        |---|---|
        | `init` | `state_directory`, `site`, `steps`: [`subject`, `action` (`made`, `refreshed`, `kept`)], `problems`: [text] |
        | `check` | `results`: [`subject`, `verdict` (`good`, `warning`, `bad`), `message`, `advice`?]; `listeners`?: [`service`, `address`, `state`, …] |
        | `version` | `version`; `service`?: `version`, `site`, `process` (number), `started_at` |
        | `node define`, `node set`, `node remove`, `group define`, `group set`, `group remove`, `discover assign`, `discover forget`, `profile remove` | `names`: [text]; empty for `discover forget --all` |
        | `node list` | `nodes`: [`name`, `groups`: [text], `address`?, `mac`?] |
        | `node recovery-key` | `keys`: [`volume`, `key`, `time`, `deployment`] |
        | `node show`, `group show` | `items`: [`name`, `attributes`: [`name`, `value`?, `origin`, `expression`?, `error`?, `needed`?]]; all texts; `needed` is the attribute that the expression needs and that is not set |
        | `group list` | `groups`: [`name`, `count` (number), `nodes` (noderange)] |
        | `attribute list` | `definitions`: [`name`, `type`, `summary`, `example`?] |
        | `expand` | `count` (number), `nodes`: [text], empty with `--shorten`; `short`? |
        | `discover list` | `machines`: [`mac`, `uuid`?, `serial`?, `interface`, `relay`?, `count` (number), `last_seen`, …] |
        | `media import` | `name`, `directory`?, `is_new` (true or false), `profile`? that was made of it, and of `media show`: `family` to `boot_files`, `files`, `size`, `verification` |
        | `media list` | `media`: [as `media show`, without `profiles`]; `damaged`: [`name`, `problem`] |
        | `media show` | `schema` (number), `name`, `family` (`el`, `ubuntu`, `debian`, `suse`, `esxi`, `fedora_coreos`, `flatcar`, `alpine`, `clear_linux`), `distribution`, `version`?, `architecture`, `variant`?, `label`, `kernel`?, `initramfs`: [path], `boot_files`: [`role`, `path`], `image`?, `source`, `imported`, `files` (number), `size` (octets), `digest`, `verification`: {`lists`: [`path`, `algorithm`?, `matched` and `absent` (numbers), `signature`: {`state`, `signer`?}], `signed_files`: [`path`, `signature`], `unlisted` (number)}; `state` is `good`, `none`, `unknown_key`, `expired_key`, `no_keyring`, `no_program` or `not_checked`; and `profiles` that point to it: [text] |
        | `media remove` | `name`, `freed` (octets) |
        | `image build` | `image`, `recipe`, `recipe_digest` |
        | `image pack` | `name`, `version` (number), `is_new` (true or false), `profiles`: [text], `missing_firmware`: [text], `lost_attributes`: [text], `blocks` (number), `reused_blocks` (number) |
        | `image list` | `images`: [`name`, `version` (number), `architecture`, `distribution`, `distribution_version`, `kernel_release`, `created`, `size`, `own` and `shared` (octets), `packages` (number), `channels`: [text]]; `damaged`: [`name`, `version`?, `problem`] |
        | `image show` | the manifest: `schema`, `name`, `version` (number), `architecture`, `distribution`, `distribution_version`, `created`, `kernel_release`, `recipe_digest`, `files`: [`name`, `size`, `digest`], `root`: {`size`, `digest`, `chunks`: [`size`, `digest`]}, `parent`?, `packages`: [`name`, `version`, `architecture`], `minimal_memory` (octets); and `history`?: {`version` (number), `packed_at`, `packed_by`, `recipe_digest`, `sources`: [text], `parent`?, `program`} |
        | `image export` | `image`, `format`, `file`, `file_size` (octets), `disk_size`? (octets) |
        | `image capture` | `image`, `node`, `size`, `snapshots`, `unsteady`, `machine` with `firmware`, `distribution`, `kernel_release`, `boot_loader`, `file_systems`, `disks` |
        | `image unpack` | `image`, `directory` |
        | `image diff` | `from`, `to`, `kernel_from`, `kernel_to`, `packages`: [`name`, `architecture`, `from`?, `to`?, `is_older` (true or false)], `root_growth` (octets), `fetched` (octets), `whole` (octets) |
        | `image promote`, `image rollback` | `image`, `channel`, `version` (number), `from`? (number), `moved` (true or false), `profiles`: [text] |
        | `image nodes` | `nodes`: [`node`, `image`, `alive` (true or false), `last_heartbeat`?] |
        | `image missing` | `images`: [`image`, `installed`, `nodes`: [text]] |
        | `image gc` | `versions`: [text], `chunks` (number), `octets`, `removed` (true or false) |
        | `image verify` | `images`: [`image`, `problems`: [text]] |
        | `profile list` | `profiles`: [as `profile show`] |
        | `profile show` | `name`, `label`?, `family`?, `architecture`?, `method`?, `image`?, `medium`?, `kernel_arguments`, `problems`: [text] |
        | `profile create` | `name`, `directory`, `image`?, `medium`?, `variant`? |
        | `profile copy` | `name`, `from`, `directory` |
        | `profile update-boot` | `names`: [text] that changed; `changes`: [`name`, `files`: [path]] |
        | `profile rebase` | `profile`, `applied` (true or false), `from`? and `to` (versions of Muster), `medium`?, `image`?, `variant`?, `files`: [`path`, `outcome` (`unchanged`, `updated`, `added`, `removed`, `kept`, `merged`, `resolved`), `diff`?], `boot_files`: [path] |
        | `profile verify` | `profiles`: [`name`, `problems`: [text]] |
        | `deploy` | `nodes`: [text] that were armed or cleared; `refused`: [`node`, `reason`]; `image`?; with `--wait` `status`: [as `nodes` of `status`] |
        | `status` | `revision` (number); `nodes`: [`node`, `deployment`?, `running`?, `last_heartbeat`?, `alive` (true or false), `diagnosis`?]; `deployment` has `id`, `profile`, `method`, `image`?, `state`, `armed_at`, `armed_by`, `started_at`?, `finished_at`?, `last_step`?, `progress`? (percent), `failure`? |
        | `trace` | `node`, `deployment` (as in `status`), `events`: [`time`, `source`, `step`, `status`, `message`, `progress`? (percent)], `earlier`: [text] |
        | `lab up`, `lab list` | the lab; for `lab list` as `lab`?: `machines`: [`machine`, `state`, …], `services`: [`service`, `state`, …] |
        | `simulate` | numbers: `seed`, `nodes`, `unknown`, `expected`, `deployed`, `failed`, `heard`, `vanished`, `seconds`, `machines_per_second`, `octets_received`, `octets_sent`, `simulator_cpu_seconds`; `steps`: [`step`, `count`, `p50`, `p90`, `p99`, `max` (milliseconds), `percentiles`: [`percentile`, `milliseconds`]]; `troubles`: [`kind`, `count`, `example`]; `counters`: numbers by name; `service`?: `cpu_seconds`, `peak_memory`, `deployed`, `discovered`; `samples`: [`seconds`, `started`, `deployed`, `failed`, `in_flight`] |
        | `lab down` | `ended` (true or false), `machines`: [text] |

        """
}
