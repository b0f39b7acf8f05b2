import Foundation

/// In the order in which they run.
let all: [any Benchmark.Type] = [
    LimitsBenchmark.self, InventoryBenchmark.self, NodeRangeBenchmark.self, CertificateBenchmark.self,
    CommandBenchmark.self, UpdateBootBenchmark.self, ImportBenchmark.self,
    DHCPBenchmark.self, GrowthBenchmark.self, TFTPBenchmark.self, WebBenchmark.self, PackBenchmark.self,
    DeltaBenchmark.self, BootBenchmark.self, InstallBenchmark.self, StormBenchmark.self,
]

let usage = """
    usage: muster-bench run --programs DIR --work DIR --kept DIR --prefix NAME [--rounds N] [--commit HASH]
                        [--results FILE] [--write FILE] [NAME]...
           muster-bench list
           muster-bench dhcp-load RELAY-ADDRESS SERVER-ADDRESS NODES IN-FLIGHT SECONDS
           muster-bench tftp-load ADDRESS PORT FILE CONTENT BLKSIZE WINDOWSIZE CLIENTS SECONDS whole|part

    """

do {
    switch CommandLine.arguments.dropFirst().first {
    case "run": exit(try await Suite(Array(CommandLine.arguments.dropFirst(2))).run())
    case "list": for benchmark in all { print("\(benchmark.name): \(benchmark.summary)") }
    case "dhcp-load": try playDHCPClients(Array(CommandLine.arguments.dropFirst(2)))
    case "tftp-load": try playTFTPClients(Array(CommandLine.arguments.dropFirst(2)))
    default:
        FileHandle.standardError.write(Data(usage.utf8))
        exit(64)
    }
} catch {
    FileHandle.standardError.write(Data("muster-bench: \(error)\n".utf8))
    exit(1)
}

func playDHCPClients(_ words: [String]) throws {
    let numbers = words.dropFirst(2).compactMap { Int($0) }
    guard words.count == 5, numbers.count == 3, numbers.allSatisfy({ $0 > 0 }) else { throw BenchError(usage) }
    var load = try DHCPLoad(relay: words[0], server: words[1], nodes: numbers[0])
    let outcome = load.run(seconds: Double(numbers[2]), inFlight: numbers[1])
    FileHandle.standardOutput.write(try JSONEncoder().encode(outcome))
}

func playTFTPClients(_ words: [String]) throws {
    let numbers = [1, 4, 5, 6, 7].compactMap { words.indices.contains($0) ? Int(words[$0]) : nil }
    guard words.count == 9, ["whole", "part"].contains(words[8]), numbers.count == 5,
        let port = UInt16(exactly: numbers[0])
    else { throw BenchError(usage) }
    let load = TFTPLoad(
        server: (words[0], port), file: words[2], content: try .init(words[3]), blockSize: numbers[1],
        windowSize: numbers[2], clients: numbers[3])
    let outcome = try load.run(seconds: Double(numbers[4]), areWhole: words[8] == "whole")
    FileHandle.standardOutput.write(try JSONEncoder().encode(outcome))
}
