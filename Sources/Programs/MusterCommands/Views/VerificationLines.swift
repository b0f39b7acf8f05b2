import Media

/// What was compared when a medium was read, and what could not be: a line each.
func verificationLines(_ verification: MediumVerification) -> [String] {
    var lines = verification.lists.map { list in
        let algorithm = list.algorithm.map { " (\($0.rawValue.uppercased()))" } ?? ""
        let absent =
            list.absent == 0
            ? "" : ", \(grouped(list.absent)) more that it names \(list.absent == 1 ? "is" : "are") not on the medium"
        let count = list.matched == 1 ? "1 file has the checksum" : "\(grouped(list.matched)) files have the checksums"
        return "\(count) of \(list.path)\(algorithm)\(absent); \(words(list.signature))"
    }
    lines += verification.signedFiles.map { "\($0.path): \(words($0.signature))" }
    guard !lines.isEmpty else { return ["not verified: the medium has neither checksums nor signatures"] }
    if verification.unlisted > 0 {
        let count = verification.unlisted == 1 ? "1 file has" : "\(grouped(verification.unlisted)) files have"
        lines.append("\(count) no checksum on the medium, and could not be verified")
    }
    let isSigned =
        verification.lists.contains { $0.signature.state == .good && $0.matched > 0 }
        || verification.signedFiles.contains { $0.signature.state == .good }
    let unsigned = verification.lists.filter { $0.signature.state != .good }.reduce(0) { $0 + $1.matched }
    if !isSigned {
        lines.append("no signature was verified: checksums alone do not say who made the medium")
    } else if unsigned > 0 {
        let count = unsigned == 1 ? "1 file has its checksum" : "\(grouped(unsigned)) files have their checksums"
        lines.append("\(count) in lists without a good signature alone: that does not say who made them")
    }
    return lines
}

private func words(_ signature: MediumVerification.Signature) -> String {
    let signer = signature.signer.map { " by \($0)" } ?? ""
    switch signature.state {
    case .good: return "good signature\(signer)"
    case .none: return "not signed"
    case .unknownKey: return "signed\(signer), a key that is in no keyring here"
    case .expiredKey: return "signed\(signer), a key that has expired or was revoked"
    case .noKeyring: return "signed, but there is no keyring for this distribution"
    case .noProgram: return "signed, but gpgv is not installed"
    case .notChecked: return "signed, which is checked at the import"
    }
}
