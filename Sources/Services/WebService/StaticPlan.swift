import MusterBase
import NIOHTTP1

/// The size and times of a file as the answer needs them.
package struct FileFacts: Hashable {
    /// In octets.
    package var size: Int64
    /// A strong validator: differs when the content does.
    package var entityTag: String
    /// Seconds since 1970.
    package var modified: Int64

    package init(size: Int64, entityTag: String, modified: Int64) {
        self.size = size
        self.entityTag = entityTag
        self.modified = modified
    }
}

/// What is answered to a GET or HEAD of a file that is there. No I/O.
package struct StaticPlan {
    package var status: HTTPResponseStatus
    package var headers: HTTPHeaders
    /// The part of the file that is the body; empty for none.
    package var body: Range<Int64>

    package init(_ request: HTTPRequestHead, file: FileFacts, type: String, lastModified: String) {
        status = .ok
        headers = HTTPHeaders()
        body = 0..<0
        headers.reserveCapacity(8)
        headers.add(name: "etag", value: file.entityTag)
        headers.add(name: "last-modified", value: lastModified)
        if let early = StaticPlan.precondition(request.headers, file) {
            status = early
            if early == .preconditionFailed { headers.add(name: "Content-Length", value: "0") }
            return
        }
        headers.add(name: "accept-ranges", value: "bytes")
        var length = file.size
        switch StaticPlan.range(request, file) {
        case .whole:
            body = 0..<file.size
        case .part(let first, let last):
            status = .partialContent
            body = first..<last + 1
            length = last + 1 - first
            headers.add(name: "content-range", value: "bytes \(first)-\(last)/\(file.size)")
        case .unsatisfiable:
            status = .rangeNotSatisfiable
            headers.add(name: "content-range", value: "bytes */\(file.size)")
            headers.add(name: "Content-Length", value: "0")
            return
        }
        headers.add(name: "content-type", value: type)
        // So written, for GRUB's sake, which reads it no other way.
        headers.add(name: "Content-Length", value: String(length))
        if request.method == .HEAD { body = 0..<0 }
    }

    /// Ranges are defined for GET alone (RFC 9110, section 14.2).
    private static func range(_ request: HTTPRequestHead, _ file: FileFacts) -> ByteRange {
        guard request.method == .GET, let field = request.headers.first(name: "range") else { return .whole }
        if let condition = request.headers.first(name: "if-range") {
            let holds =
                condition.hasPrefix("\"") || condition.hasPrefix("W/")
                ? condition == file.entityTag : HTTPDate.seconds(condition) == file.modified
            guard holds else { return .whole }
        }
        return ByteRange(field, size: file.size)
    }

    /// The order of RFC 9110, section 13.2.2. Nil: go on.
    private static func precondition(_ headers: HTTPHeaders, _ file: FileFacts) -> HTTPResponseStatus? {
        if let field = headers.first(name: "if-match") {
            guard matches(headers["if-match"].joined(separator: ","), file.entityTag, weakly: false) || field == "*"
            else { return .preconditionFailed }
        } else if let text = headers.first(name: "if-unmodified-since"), let time = HTTPDate.seconds(text),
            file.modified > time
        {
            return .preconditionFailed
        }
        if headers.contains(name: "if-none-match") {
            let list = headers["if-none-match"].joined(separator: ",")
            return matches(list, file.entityTag, weakly: true) ? .notModified : nil
        }
        if let text = headers.first(name: "if-modified-since"), let time = HTTPDate.seconds(text),
            file.modified <= time
        {
            return .notModified
        }
        return nil
    }

    private static func matches(_ list: String, _ tag: String, weakly: Bool) -> Bool {
        list.split(separator: ",").contains { entry in
            var text = entry.drop { $0 == " " || $0 == "\t" }
            while text.last == " " || text.last == "\t" { text.removeLast() }
            if text == "*" { return true }
            if weakly, text.hasPrefix("W/") { text = text.dropFirst(2) }
            return text == tag
        }
    }
}
