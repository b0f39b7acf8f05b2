import LinuxSystem
import Media
import MusterBase
import OSFamilies

extension SignatureCheck {
    /// The signatures of a medium's lists of checksums, in their order.
    ///
    /// - Parameter temporaryDirectory: where a directory of its own may be made for the while.
    func lists(
        of medium: MediumDescription, _ scan: MediumScan, temporaryDirectory: String
    ) async throws -> [MediumVerification.Signature] {
        guard medium.checksumLists.contains(where: { Self.isSigned($0) }) else {
            return medium.checksumLists.map { _ in .none }
        }
        let directory = "\(temporaryDirectory)/\(MediaStore.staging)\(hexText(try KernelRandom.bytes(8)))"
        try Files.createDirectory(directory, mode: 0o700)
        defer { try? FileTree.remove(directory) }
        var answers: [MediumVerification.Signature] = []
        for list in medium.checksumLists {
            guard Self.isSigned(list), let content = scan.lists[EntryPath(list.path)] else {
                answers.append(.none)
                continue
            }
            try Files.write(content, to: "\(directory)/list", mode: 0o600)
            if let signature = list.signature {
                try Files.write(scan.lists[EntryPath(signature)] ?? [], to: "\(directory)/signature", mode: 0o600)
            }
            answers.append(
                try await check(
                    "\(directory)/list", signature: list.signature.map { _ in "\(directory)/signature" },
                    name: list.path))
        }
        return answers
    }

    private static func isSigned(_ list: ChecksumList) -> Bool {
        list.signature != nil || list.path.lowercased().hasSuffix("/inrelease")
    }

    /// Boot files that have a signature beside them.
    static func signedFiles(
        of medium: MediumDescription, _ listing: MediumListing
    ) -> [(file: String, signature: String)] {
        ([medium.kernel].compactMap { $0 } + medium.initramfs + medium.bootFiles.map(\.path)).compactMap { path in
            ["\(path).sig", "\(path).asc"].lazy.compactMap { listing.path($0) }.first.map { (path, $0) }
        }
    }

    /// Checks them where they were written.
    func files(
        of medium: MediumDescription, _ listing: MediumListing, in tree: String
    ) async throws -> [MediumVerification.SignedFile] {
        var answers: [MediumVerification.SignedFile] = []
        for (file, signature) in Self.signedFiles(of: medium, listing) {
            let answer = try await check("\(tree)/\(file)", signature: "\(tree)/\(signature)", name: file)
            answers.append(.init(path: file, signature: answer))
        }
        return answers
    }
}
