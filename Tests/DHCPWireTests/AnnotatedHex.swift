import MusterBase

/// The octets of hexadecimal text with a comment behind `//` in each line. Blanks are dropped; `*N` after an octet
/// repeats it N times.
func annotatedHex(_ text: String) -> [UInt8] {
    var octets: [UInt8] = []
    for line in text.split(separator: "\n") {
        let code = line.split(separator: "/", omittingEmptySubsequences: false).first ?? ""
        for word in code.split(separator: " ") {
            let parts = word.split(separator: "*")
            let bytes = parts.first.flatMap { hexBytes($0) } ?? []
            let count = parts.count == 2 ? Int(parts[1]) ?? 0 : 1
            for _ in 0..<count { octets += bytes }
        }
    }
    return octets
}
