extension AttributeRegistry {
    /// The page `docs/reference/attributes.md`.
    public func referencePage() -> String {
        var lines = [
            "# Attributes",
            "",
            "Made from the definitions in `Sources/Model/Inventory`; `UPDATE_GOLDEN=1 swift test` writes it anew.",
            "",
            "An attribute is set on a node or on a group. A node's value is its own; else that of the first of its",
            "groups, in the order of its `groups`, that has one; else that of the group `everything`; else the default.",
            "`muster node show NODE --blame` says where each value comes from.",
            "",
            "`ATTRIBUTE+=VALUE` and `ATTRIBUTE-=VALUE` change a list. On a node they begin with the value that holds for it,",
            "also when that comes from a group or the default, and set the result on the node itself: from then on it no",
            "longer follows the group. A node's own list of which nothing is left is inherited again; one that comes from",
            "elsewhere cannot be made empty. On a group they begin with what is set on that group.",
            "",
            "Every value but a secret may be an expression: `10.1.{n1}.{n2+1}`, see",
            "[attribute expressions](#expressions). `<name>` stands for a word of your choice.",
            "",
        ]
        for definition in definitions { lines += section(definition) }
        lines += AttributeRegistry.expressionReference
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ definition: AttributeDefinition) -> [String] {
        var lines = ["## `\(definition.name)`", "", definition.summary, "", "- Type: \(definition.type.label)"]
        lines.append("- Expected: \(definition.type.allowed)")
        lines.append("- Example: `\(definition.name)=\(definition.example)`")
        if let value = definition.defaultValue { lines.append("- Default: `\(value)`") }
        if !definition.isForGroups { lines.append("- On nodes only, not on groups") }
        if definition.type.isSecret { lines.append("- Secret: never shown") }
        return lines + [""]
    }

    private static let expressionReference = [
        "## Expressions",
        "",
        "What stands in braces is computed for each node when the value is asked for. `{{` and `}}` are plain braces.",
        "",
        "| expression | for node `r2u07`, serial `J301` |",
        "|---|---|",
        "| `{node}`, `{nodename}` | `r2u07` |",
        "| `{n1}`, `{n2}`: the first, second … number in the name; `{n0}`: the last | `2`, `7`, `7` |",
        "| `10.1.{n1}.{n2+1}` with `+ - * / %` and parentheses; `/` rounds down | `10.1.2.8` |",
        "| `{n2:03d}`, `{n2*4:x}`, `{n2:02X}`: also `b`, `o`, and `{node:>8}` | `007`, `1c`, `07` |",
        "| `{id.serial}`: another attribute of the same node | `J301` |",
        "| `{node.upper()}`, `.lower()`, `.strip('x')`, `.lstrip()`, `.rstrip()` | `R2U07` |",
        "| `{node.replace('r', 'rack')}` | `rack2u07` |",
        "| `{node.removeprefix('r')}`, `.removesuffix('x')` | `2u07` |",
        "| `{node.split('u')[0]}`, with `[-1]` for the last | `r2` |",
        "| `{node[1:3]}`: from, up to but without | `2u` |",
        "| `{'n' + str(n1)}`, `{int(node[1]) + 1}` | `n2`, `3` |",
        "",
        "A value that needs an attribute which is not set is itself not set: `muster node show` has `-` in its place, and",
        "`--blame` says which attribute it needs. Any other fault is refused when the expression is set, with the",
        "attribute, the node and the place.",
    ]
}
