import Foundation

/// What `muster simulate --output json` says of a storm.
struct StormReport: Decodable {
    struct Step: Decodable {
        var step: String
        /// In milliseconds.
        var p99: Double
    }

    struct Service: Decodable {
        /// In octets.
        var peakMemory: Double
        /// What musterd itself says at the end.
        var deployed: Int
    }

    var seconds: Double
    var expected: Int
    var unknown: Int
    var deployed: Int
    var steps: [Step]
    var service: Service

    /// Throws when a figure is not in the document: nothing stands in for it.
    init(_ text: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            self = try decoder.decode(StormReport.self, from: Data(text.utf8))
        } catch {
            throw BenchError("muster simulate says something else than expected: \(text.suffix(300))")
        }
    }

    /// Of whole machines, in seconds.
    func machineP99() throws -> Double {
        guard let step = steps.first(where: { $0.step == "machine" }) else {
            throw BenchError("muster simulate does not say how long a machine took")
        }
        return step.p99 / 1000
    }

    /// Those that the machines or the service do not call deployed.
    var lost: Int { expected - min(deployed, service.deployed) }
}
