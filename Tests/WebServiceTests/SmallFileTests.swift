import APIClient
import MusterBase
import Synchronization
import TestSupport
import Testing
import WebService

/// Small files are kept in memory.
struct SmallFileTests {
    private func client(_ port: Int) throws -> HTTPClient { try patientClient(.http(address: "127.0.0.1", port: port)) }

    @Test("a small file that is kept in memory is seen anew when another takes its place")
    func seesReplacement() async throws {
        let tree = try PublicTree()
        // An hour later the files are old enough to be kept; a second passes between any two looks at the clock.
        let looks = Atomic(3600)
        let start = Timestamp.now()
        let later = WallClock { start + .seconds(looks.add(1, ordering: .relaxed).newValue) }
        try await withPublicServer(try PublicFiles(tree.root, clock: later)) { port in
            let client = try client(port)
            for text in ["#!ipxe\n", "#!IPXE\n", "longer than before"] {
                if text != "#!ipxe\n" {
                    try tree.write("public/os/new", Array(text.utf8))
                    tree.move("public/os/new", "public/os/boot.ipxe")
                }
                for _ in 0..<3 {
                    #expect(try await client.request(.GET, "/os/boot.ipxe").body == Array(text.utf8))
                }
            }
        }
    }

    @Test("the disk is looked at for a small file at most ten times a second")
    func looksSeldom() async throws {
        let tree = try PublicTree()
        let microseconds = Atomic(0)
        let start = Timestamp.now() + .seconds(3600)
        let later = WallClock { start + .microseconds(microseconds.load(ordering: .relaxed)) }
        try await withPublicServer(try PublicFiles(tree.root, clock: later)) { port in
            let client = try client(port)
            for _ in 0..<3 { #expect(try await client.request(.GET, "/os/boot.ipxe").body == Array("#!ipxe\n".utf8)) }
            try tree.write("public/os/new", Array("#!IPXE\n".utf8))
            tree.move("public/os/new", "public/os/boot.ipxe")
            microseconds.store(99_999, ordering: .relaxed)
            #expect(try await client.request(.GET, "/os/boot.ipxe").body == Array("#!ipxe\n".utf8))
            microseconds.store(100_000, ordering: .relaxed)
            #expect(try await client.request(.GET, "/os/boot.ipxe").body == Array("#!IPXE\n".utf8))
        }
    }

    @Test("an answer from memory has the same header fields as one from the disk")
    func answersAlikeFromMemory() async throws {
        let tree = try PublicTree()
        let later = WallClock { Timestamp.now() + .seconds(3600) }
        try await withPublicServer(try PublicFiles(tree.root, clock: later)) { port in
            let request = "GET /os/boot.ipxe HTTP/1.1\r\nhost: x\r\n\r\n"
            let last = "GET /missing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
            let answer = try await exchange(port, request + request + request + last)
            let answers = answer.split(separator: "HTTP/1.1 ").map { text in
                text.split(separator: "\r\n").filter { !$0.hasPrefix("date:") }
            }
            #expect(answers.count == 4)
            #expect(answers.prefix(3).allSatisfy { $0 == answers.first }, "\(answer)")
            #expect(answer.split(separator: "\r\ndate: ").count == 5)
        }
    }

    @Test("a file that was written just now is read each time")
    func seesRewriting() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            let client = try client(port)
            for text in ["a", "b", "c"] {
                try tree.write("public/os/boot.ipxe", Array(text.utf8))
                #expect(try await client.request(.GET, "/os/boot.ipxe").body == Array(text.utf8))
            }
        }
    }
}
