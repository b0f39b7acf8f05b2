import APIClient
import Testing

struct ServerEndpointTests {
    @Test(
        "addresses are read with and without a port",
        arguments: [
            ("10.0.0.1", "10.0.0.1", 443), ("10.0.0.1:8443", "10.0.0.1", 8443), ("[fd00::1]:444", "fd00::1", 444),
            ("[fd00::1]", "fd00::1", 443), ("fd00::1", "fd00::1", 443),
        ])
    func reads(_ text: String, _ address: String, _ port: Int) throws {
        let read = try #require(ServerEndpoint.parse(text, defaultPort: 443))
        #expect(read.address == address && read.port == port)
    }

    @Test(
        "names and broken addresses are refused",
        arguments: ["", "server", "10.0.0.1:", "10.0.0.1:x", "10.0.0.1:65536", "[fd00::1", "[fd00::1]x", "10.0.0"])
    func refuses(_ text: String) { #expect(ServerEndpoint.parse(text, defaultPort: 443) == nil) }

    @Test("paths and queries are percent-encoded")
    func encodes() {
        #expect(requestTarget("/api/v1/trace/n 1") == "/api/v1/trace/n%201")
        let query = [QueryItem("range", "n[1-3,7]"), QueryItem("attribute", "net.*&x=+")]
        #expect(requestTarget("/a", query: query) == "/a?range=n%5B1-3%2C7%5D&attribute=net.%2A%26x%3D%2B")
    }
}
