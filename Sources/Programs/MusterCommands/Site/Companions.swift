import LinuxSystem
import MusterBase

/// The programs that go with this one and run on nodes.
struct Companions: Sendable {
    /// Paths of the agent and of the program that starts it as process 1.
    var agent: String
    var earlyInit: String

    /// Looks beside the running program, then where packages put them.
    ///
    /// - Throws: ``MusterError`` with code `notFound` that names the places.
    static func find(agent: String?, earlyInit: String?, programDirectory: String) throws(MusterError) -> Companions {
        Companions(
            agent: try find("muster-agent", agent, option: "--agent", programDirectory),
            earlyInit: try find("early-init", earlyInit, option: "--early-init", programDirectory))
    }

    private static func find(
        _ name: String, _ given: String?, option: String, _ programDirectory: String
    ) throws(MusterError) -> String {
        let places = given.map { [$0] } ?? ["\(programDirectory)/\(name)", "/usr/lib/muster/\(name)"]
        if let place = places.first(where: { Files.exists($0) && !Files.isDirectory($0) }) { return place }
        throw MusterError(
            .notFound, "the program \(name), which runs on nodes, is not at \(places.joined(separator: " nor at "))",
            advice: "say where it is: muster init \(option) PATH")
    }
}
