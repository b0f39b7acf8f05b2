import DeployService
import MusterAPI
import Testing

@Suite struct NodeRecordTests {
    /// Every key that a record can have. The number in its unusual form is read by the type's own coding.
    private func text(_ storedEvents: String) -> String {
        let deployment = """
            {"agent_events":3,"armed_at":"2026-01-02T03:04:05.000006Z","armed_by":"root","id":"d1","key_grant_open":true,\
            "method":"untethered","node":"n1","profile":"p","state":"booting"}
            """
        let refusal = """
            {"count":4,"key":"k","last":"2026-01-02T03:04:05.000006Z","message":"no \\"key\\"","step":"enrol"}
            """
        return """
            {"deployment":\(deployment),"earlier":["d0","ä"],"refusals":[\(refusal)],"stored_events":\(storedEvents)}
            """
    }

    @Test("a record has the bytes of its own coding, and is read alike by hand")
    func bytes() throws {
        let byCoding: NodeRecord = try MusterJSON.decode(from: Array(text("2e1").utf8), of: "record")
        let byHand: NodeRecord = try MusterJSON.decode(from: Array(text("20").utf8), of: "record")
        #expect(byHand == byCoding)
        let bytes = try MusterJSON.encode(byHand)
        #expect(String(decoding: bytes, as: UTF8.self) == text("20"))
        #expect(try MusterJSON.encodeByCoding(byCoding) == bytes)
    }
}
