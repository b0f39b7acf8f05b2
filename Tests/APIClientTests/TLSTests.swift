import APIClient
import MusterBase
import TestSupport
import Testing

struct TLSTests {
    private func failure(certificate: String, authorities: String) async throws -> MusterError? {
        try await withServer(certificate: certificate, saying: .bytes(ok("{}"))) { server in
            let client = try HTTPClient(
                .https(address: "127.0.0.1", port: server.port, authorities: authorities), settings: .patient)
            return await #expect(throws: MusterError.self) { try await client.request(.GET, "/") }
        }
    }

    @Test("a certificate of the site's authority for the address is taken")
    func takesGood() async throws {
        try await withServer(certificate: TestCertificates.server, saying: .bytes(ok("{}"))) { server in
            let endpoint = ServerEndpoint.https(
                address: "127.0.0.1", port: server.port,
                authorities: TestCertificates.otherAuthority + "\n" + TestCertificates.authority)
            let client = try HTTPClient(endpoint, settings: .patient)
            for _ in 0..<2 { #expect(try await client.request(.GET, "/").status == 200) }
            #expect(server.connections == 1)
        }
    }

    @Test("an expired certificate is told from others")
    func tellsExpired() async throws {
        let error = try await failure(certificate: TestCertificates.expired, authorities: TestCertificates.authority)
        #expect(error?.code == .verificationFailed)
        #expect(error?.tlsFailure == .expired(notAfter: try #require(Timestamp("2020-02-01T00:00:00Z"))))
        #expect(error?.tlsFailure?.isAboutTime == true)
    }

    @Test("a certificate whose time has not come is told from others")
    func tellsFuture() async throws {
        let error = try await failure(certificate: TestCertificates.future, authorities: TestCertificates.authority)
        #expect(error?.tlsFailure == .notYetValid(notBefore: try #require(Timestamp("2100-01-01T00:00:00Z"))))
    }

    @Test("a certificate for another address is refused")
    func refusesWrongAddress() async throws {
        let error = try await failure(certificate: TestCertificates.elsewhere, authorities: TestCertificates.authority)
        #expect(error?.tlsFailure == .wrongAddress)
    }

    @Test("a certificate of another authority is refused")
    func refusesUntrusted() async throws {
        let error = try await failure(
            certificate: TestCertificates.server, authorities: TestCertificates.otherAuthority)
        #expect(error?.tlsFailure == .untrusted)
    }

    @Test("a server that does not speak TLS is refused")
    func refusesPlain() async throws {
        try await withServer(saying: .last("HTTP/1.1 400 Bad Request\r\n\r\n")) { server in
            let client = try HTTPClient(
                .https(address: "127.0.0.1", port: server.port, authorities: TestCertificates.authority),
                settings: .patient)
            let error = await #expect(throws: MusterError.self) { try await client.request(.GET, "/") }
            #expect(error?.code == .verificationFailed || error?.code == .unavailable)
        }
    }

    @Test("an authority that cannot be read is said at once")
    func refusesBadAuthority() {
        let error = #expect(throws: MusterError.self) {
            try HTTPClient(.https(address: "127.0.0.1", port: 1, authorities: "nothing"))
        }
        #expect(error?.code == .invalidInput)
    }
}
