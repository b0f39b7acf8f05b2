import MusterBase

/// The members of the site, the one that answered last first. What one cannot do, the next is asked.
public actor MemberPool {
    private var members: [any MemberServer]

    public init(_ members: [any MemberServer]) { self.members = members }

    /// For people: all addresses.
    public var names: String { members.map(\.name).joined(separator: ", ") }

    public var all: [any MemberServer] { members }

    /// Adds members that are not known yet, behind the others.
    public func add(_ more: [any MemberServer]) {
        for member in more where !members.contains(where: { $0.name == member.name }) { members.append(member) }
    }

    /// Puts this member behind all others.
    public func distrust(_ member: any MemberServer) {
        guard let index = members.firstIndex(where: { $0.name == member.name }) else { return }
        members.append(members.remove(at: index))
    }

    /// Asks one member after the other until one answers. An answer that says no is an answer too.
    ///
    /// - Throws: What the first one said, when none can be reached; or what the one said that answered.
    public func ask<Answer: Sendable>(
        _ body: @Sendable (any MemberServer) async throws -> Answer
    ) async throws -> Answer {
        var first: (any Error)?
        for member in members {
            do {
                let answer = try await body(member)
                prefer(member)
                return answer
            } catch let error as MusterError where MemberPool.isAboutTheMember(error) {
                first = first ?? error
            }
        }
        throw first ?? MusterError(.unavailable, "no member of the site is known")
    }

    /// True when another member may well answer: this one is not there, or not what it should be.
    public static func isAboutTheMember(_ error: MusterError) -> Bool {
        [.unavailable, .timeout, .verificationFailed, .malformed, .internalFailure].contains(error.code)
    }

    private func prefer(_ member: any MemberServer) {
        guard let index = members.firstIndex(where: { $0.name == member.name }), index > 0 else { return }
        members.insert(members.remove(at: index), at: 0)
    }
}
