/// The text of fstab(5).
public enum FileSystemTable {
    /// The lines of a table without those of some mount points; comments stay.
    ///
    /// - Parameter withSwap: whether lines for swap space stay.
    public static func lines(
        of table: String, without mountPoints: Set<String>, withSwap: Bool = true
    ) -> [String] {
        table.split(separator: "\n").filter { line in
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard let first = fields.first, !first.hasPrefix("#") else { return !fields.isEmpty }
            guard fields.count >= 3 else { return false }
            return !mountPoints.contains(String(fields[1])) && (withSwap || fields[2] != "swap")
        }.map(String.init)
    }
}
