import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One thing that is to stand in a root file system, in the place of what is there.
package struct FileChange: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case file([UInt8], mode: UInt16, owner: UInt32, group: UInt32)
        case link(String)
        case directory
    }

    package var path: String
    package var content: Content

    package init(path: String, content: Content) {
        self.path = path
        self.content = content
    }
}

/// Works out what a root file system is to hold, before anything in it is changed.
package struct FilePlan {
    private let root: InnerRoot
    /// Who has files of which nothing is said: root.
    private let usualOwner: (user: UInt32, group: UInt32)

    private struct Planned {
        var content: [UInt8]
        var mode: UInt16?
        var owner: String?
        var group: String?
        /// For messages.
        var rule: String
    }

    private enum Item {
        case file(Planned)
        case link(String)
        case directory
    }

    private var items: [String: Item] = [:]
    /// Targets in the order in which they came.
    private var order: [String] = []

    package init(_ root: InnerRoot) {
        self.root = root
        usualOwner = (geteuid(), getegid())
    }

    /// The most octets of a file that is merged into.
    private static let longest = 32 << 20

    /// Takes in what the server listed, in its order.
    ///
    /// - Parameter contents: of all files, by digest.
    /// - Throws: ``MusterError`` that names the rule and the target.
    package mutating func add(_ files: [SyncedFile], contents: [ContentDigest: [UInt8]]) throws {
        for file in files {
            do {
                try add(file, contents)
            } catch {
                throw MusterError(.conflict, "\(file.rule): \(file.target)", cause: error)
            }
        }
    }

    private mutating func add(_ file: SyncedFile, _ contents: [ContentDigest: [UInt8]]) throws {
        let names = file.target.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard file.target.hasPrefix("/"), !names.isEmpty, names.allSatisfy({ !["", ".", ".."].contains($0) }) else {
            throw MusterError(.malformed, "this is no place for a file")
        }
        switch file.method {
        case .directory: return put(.directory, at: file.target)
        case .link:
            guard let text = file.link, !text.isEmpty else { throw MusterError(.malformed, "a link to nothing") }
            return put(.link(text), at: file.target)
        case .replace, .merge, .append: break
        }
        guard let digest = file.digest, let content = contents[digest] else {
            throw MusterError(.internalFailure, "its content was not fetched")
        }
        var planned = Planned(
            content: content, mode: file.mode, owner: file.owner, group: file.group, rule: file.rule)
        if file.method != .replace {
            let before = try present(file.target)
            planned.mode = file.mode ?? before?.mode
            planned.owner = file.owner ?? before?.owner
            planned.group = file.group ?? before?.group
            let text = before?.content ?? []
            planned.content =
                file.method == .append
                ? AppendedText.append(content, to: text) : try merge(content, into: text, file.target)
        }
        put(.file(planned), at: file.target)
    }

    private mutating func put(_ item: Item, at path: String) {
        if items.updateValue(item, forKey: path) == nil { order.append(path) }
    }

    /// What stands there by now: what was planned, else what is on the disk.
    private func present(_ path: String) throws -> Planned? {
        switch items[path] {
        case .file(let planned)?: return planned
        case .link?, .directory?: throw MusterError(.conflict, "another rule makes it a link or a directory")
        case nil: break
        }
        guard let content = try root.read(path, limit: Self.longest), let entry = try root.entry(path) else {
            return nil
        }
        return Planned(
            content: content, mode: entry.mode, owner: "\(entry.owner)", group: "\(entry.group)", rule: "")
    }

    private mutating func merge(_ content: [UInt8], into present: [UInt8], _ target: String) throws -> [UInt8] {
        // Octets that are no text would be lost.
        guard let source = String(validating: content, as: UTF8.self),
            let before = String(validating: present, as: UTF8.self)
        else { throw MusterError(.malformed, "it cannot be merged: it is not UTF-8 throughout") }
        if target == "/etc/hosts" { return Array(try HostsMerge.merge(source, into: before).utf8) }
        guard let database = AccountMerge.Database(rawValue: target) else {
            throw MusterError(.unsupported, "it cannot be merged")
        }
        let merge = AccountMerge(database)
        let merged = try merge.merge(source, into: before)
        if database == .passwd { try addShadow(merge.newNames(in: merged, besides: before)) }
        return Array(merged.utf8)
    }

    /// Accounts without a line in /etc/shadow are refused by PAM, also those that log in by key.
    private mutating func addShadow(_ names: [String]) throws {
        let path = "/etc/shadow"
        guard !names.isEmpty, var shadow = try present(path) else { return }
        let present = AccountMerge.lines(String(decoding: shadow.content, as: UTF8.self))
        let known = Set(present.compactMap { $0.split(separator: ":").first.map(String.init) })
        let lines = names.filter { !known.contains($0) }.map { "\($0):*:::::::\n" }
        guard !lines.isEmpty else { return }
        if let last = shadow.content.last, last != UInt8(ascii: "\n") { shadow.content.append(UInt8(ascii: "\n")) }
        shadow.content += Array(lines.joined().utf8)
        put(.file(shadow), at: path)
    }

    // MARK: What is left to do

    /// What differs from what is there. Files that are as they should be are left alone.
    package func changes() throws -> [FileChange] {
        try order.compactMap { path in
            do {
                return try change(at: path)
            } catch {
                throw MusterError(.conflict, path, cause: error)
            }
        }
    }

    private func change(at path: String) throws -> FileChange? {
        guard let item = items[path] else { return nil }
        let entry = try root.entry(path)
        switch item {
        case .directory:
            if entry == nil { return FileChange(path: path, content: .directory) }
            guard root.isDirectory(path) else { throw MusterError(.conflict, "is there, and is no directory") }
            return nil
        case .link(let text):
            try refuseDirectory(entry)
            return entry?.kind == .link(text) ? nil : FileChange(path: path, content: .link(text))
        case .file(let planned):
            try refuseDirectory(entry)
            let mode = planned.mode ?? 0o644
            let owner = try number(planned.owner, AccountMerge.Database.passwd, usualOwner.user)
            let group = try number(planned.group, AccountMerge.Database.group, usualOwner.group)
            let isSame =
                try entry == InnerRoot.Entry(kind: .file, mode: mode, owner: owner, group: group)
                && root.read(path, limit: Self.longest) == planned.content
            return isSame
                ? nil
                : FileChange(path: path, content: .file(planned.content, mode: mode, owner: owner, group: group))
        }
    }

    private func refuseDirectory(_ entry: InnerRoot.Entry?) throws {
        guard entry?.kind != .directory else { throw MusterError(.conflict, "is a directory") }
    }

    /// The number of an account, by the names that the root has, or is to have.
    private func number(_ name: String?, _ database: AccountMerge.Database, _ usual: UInt32) throws -> UInt32 {
        guard let name else { return usual }
        if let number = UInt32(name) { return number }
        let text = try present(database.rawValue).map { String(decoding: $0.content, as: UTF8.self) } ?? ""
        guard let number = AccountMerge(database).number(of: name, in: text) else {
            throw MusterError(.notFound, "there is no '\(name)' in \(database.rawValue)")
        }
        return number
    }
}
