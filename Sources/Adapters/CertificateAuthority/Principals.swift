import MusterBase

/// Throws `invalidInput` unless it is one host's own name or address, in lower case.
func checkHostPrincipal(_ name: String) throws(MusterError) {
    try checkPrincipal(name)
    let label = name.split(separator: ".").first.map(String.init) ?? ""
    let isEveryHost =
        label == "localhost" || name == "localhost" || name.hasPrefix("ip6-") || name == "::1"
        || IPv4Address(name).map { $0.rawValue >> 24 == 127 || $0.rawValue == 0 } ?? false
    if isEveryHost {
        throw MusterError(.invalidInput, "'\(name)' is a name of every host and no principal for one")
    }
    guard name.utf8.allSatisfy({ isLetterOrDigit($0) || ".-_:".utf8.contains($0) }) else {
        throw MusterError(.invalidInput, "'\(name.prefix(80))' is no principal: a host name or an address is wanted")
    }
}

/// Throws `invalidInput` unless it is the name of one account.
func checkUserPrincipal(_ name: String) throws(MusterError) {
    try checkPrincipal(name)
    guard name.utf8.allSatisfy({ isLetterOrDigit($0) || ".-_@".utf8.contains($0) }), name.first != "-" else {
        throw MusterError(.invalidInput, "'\(name.prefix(80))' is no principal: the name of an account is wanted")
    }
}

private func checkPrincipal(_ name: String) throws(MusterError) {
    guard !name.isEmpty, name.utf8.count <= 253 else {
        throw MusterError(.invalidInput, "a principal has 1 to 253 characters")
    }
    guard !name.contains(where: { "*?!,".contains($0) }) else {
        throw MusterError(.invalidInput, "'\(name.prefix(80))' is a pattern and no principal for one")
    }
}
