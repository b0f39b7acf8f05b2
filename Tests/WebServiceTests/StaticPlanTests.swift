import NIOHTTP1
import Testing
import WebService

struct StaticPlanTests {
    private let file = FileFacts(size: 1000, entityTag: "\"abc\"", modified: 784_111_777)
    private let date = "Sun, 06 Nov 1994 08:49:37 GMT"

    private func plan(_ headers: HTTPHeaders, method: HTTPMethod = .GET, size: Int64 = 1000) -> StaticPlan {
        var file = file
        file.size = size
        let request = HTTPRequestHead(version: .http1_1, method: method, uri: "/x", headers: headers)
        return StaticPlan(request, file: file, type: "text/plain", lastModified: date)
    }

    @Test(
        "a range selects its part of the file",
        arguments: [
            ("bytes=0-499", 0, 500), ("bytes=500-", 500, 1000), ("bytes=-100", 900, 1000), ("bytes=999-", 999, 1000),
            ("bytes=0-99999999999999999999", 0, 1000), ("bytes=-5000", 0, 1000), ("BYTES = 1-1", 1, 2),
        ])
    func selectsRange(_ field: String, _ start: Int64, _ end: Int64) {
        let plan = plan(["range": field])
        #expect(plan.status == .partialContent && plan.body == start..<end)
        #expect(plan.headers.first(name: "content-range") == "bytes \(start)-\(end - 1)/1000")
        #expect(plan.headers.first(name: "content-length") == "\(end - start)")
    }

    @Test(
        "ranges that are not understood are answered with the whole",
        arguments: [
            "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "items=0-5", "bytes=0-1,5-6", "bytes=--1", "0-5", "",
        ])
    func ignoresRange(_ field: String) {
        let plan = plan(["range": field])
        #expect(plan.status == .ok && plan.body == 0..<1000)
    }

    @Test("ranges behind the end cannot be satisfied", arguments: ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
    func refusesRange(_ field: String) {
        let plan = plan(["range": field])
        #expect(plan.status == .rangeNotSatisfiable && plan.body.isEmpty)
        #expect(plan.headers.first(name: "content-range") == "bytes */1000")
    }

    @Test("no range of an empty file can be satisfied", arguments: ["bytes=0-", "bytes=-1"])
    func refusesRangeOfEmpty(_ field: String) {
        #expect(plan(["range": field], size: 0).status == .rangeNotSatisfiable)
        #expect(plan([:], size: 0).status == .ok)
    }

    @Test("HEAD has the fields of the whole and no body, whatever the range")
    func answersHead() {
        let plan = plan(["range": "bytes=0-1"], method: .HEAD)
        #expect(plan.status == .ok && plan.body.isEmpty)
        #expect(plan.headers.first(name: "content-length") == "1000")
        // GRUB knows the name in this spelling alone.
        #expect(plan.headers.contains { $0.name == "Content-Length" })
    }

    private static let conditions: [(HTTPHeaders, HTTPResponseStatus)] = [
        (["if-none-match": "\"abc\""], .notModified), (["if-none-match": "\"x\", W/\"abc\""], .notModified),
        (["if-none-match": "*"], .notModified), (["if-none-match": "\"x\""], .ok),
        (["if-modified-since": "Sun, 06 Nov 1994 08:49:37 GMT"], .notModified),
        (["if-modified-since": "Sun, 06 Nov 1994 08:49:36 GMT"], .ok), (["if-modified-since": "yesterday"], .ok),
        // The tag decides alone when both are there.
        (["if-none-match": "\"x\"", "if-modified-since": "Sun, 06 Nov 1994 08:49:37 GMT"], .ok),
        (["if-match": "\"abc\""], .ok), (["if-match": "*"], .ok), (["if-match": "\"x\""], .preconditionFailed),
        (["if-match": "W/\"abc\""], .preconditionFailed),
        (["if-unmodified-since": "Sun, 06 Nov 1994 08:49:37 GMT"], .ok),
        (["if-unmodified-since": "Sun, 06 Nov 1994 08:49:36 GMT"], .preconditionFailed),
        (["range": "bytes=0-1", "if-range": "\"abc\""], .partialContent),
        (["range": "bytes=0-1", "if-range": "\"x\""], .ok), (["range": "bytes=0-1", "if-range": "W/\"abc\""], .ok),
        (["range": "bytes=0-1", "if-range": "Sun, 06 Nov 1994 08:49:37 GMT"], .partialContent),
        (["range": "bytes=0-1", "if-range": "Sun, 06 Nov 1994 08:49:36 GMT"], .ok),
        (["range": "bytes=0-1", "if-none-match": "\"abc\""], .notModified),
    ]

    @Test("conditions are judged in the order of the RFC", arguments: 0..<conditions.count)
    func judgesConditions(_ index: Int) {
        let (headers, status) = StaticPlanTests.conditions[index]
        #expect(plan(headers).status == status, "\(headers)")
    }

    @Test(
        "dates are written and read in the one form that may be sent",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
        ])
    func convertsDates(_ seconds: Int64, _ text: String) {
        #expect(HTTPDate.text(seconds) == text && HTTPDate.seconds(text) == seconds)
    }
}

struct RequestPathTests {
    @Test(
        "targets are read as paths",
        arguments: [
            ("/os/x", "/os/x"), ("//os///x", "/os/x"), ("/a%20b", "/a b"), ("/x?query=../..", "/x"),
            ("http://10.0.0.1:80/os/x", "/os/x"), ("/%C3%A9", "/é"), ("/a..b", "/a..b"),
        ])
    func reads(_ target: String, _ path: String) throws { #expect(try RequestPath(target: target).text == path) }

    @Test(
        "targets that another reader may take for another file are refused",
        arguments: [
            "", "x", "*", "/..", "/../x", "/a/../b", "/a/./b", "/%2e%2e/x", "/%2E%2E", "/a%2fb", "/a%5cb", "/a\\b",
            "/%252e%252e/x", "/a%00b", "/a%0ab", "/%", "/%2", "/%zz", "/a%7f", "/%ff%fe", "/.%2e/x",
            "/" + String(repeating: "a", count: 256), "/" + String(repeating: "a/", count: 3000),
        ])
    func refuses(_ target: String) {
        #expect(throws: RequestPath.Refusal.malformed) { try RequestPath(target: target) }
    }

    @Test("names that begin with a dot are hidden", arguments: ["/.git/config", "/os/.x", "/%2egit", "/..."])
    func hides(_ target: String) { #expect(throws: RequestPath.Refusal.hidden) { try RequestPath(target: target) } }

    @Test("a slash at the end means a directory", arguments: ["/", "/os/", "//"])
    func marksDirectory(_ target: String) throws { #expect(try RequestPath(target: target).isDirectory) }
}
