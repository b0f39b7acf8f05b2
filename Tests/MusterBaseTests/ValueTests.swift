import MusterBase
import Testing

@Suite struct TimestampTests {
    @Test(
        "known points in time print in RFC 3339",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000000Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_700_000_000_123_456, "2023-11-14T22:13:20.123456Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (4_107_542_399_000_000, "2100-02-28T23:59:59.000000Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ])
    func printing(microseconds: Int64, text: String) {
        #expect(Timestamp(microseconds: microseconds).description == text)
        #expect(Timestamp(text)?.microseconds == microseconds)
    }

    @Test("each day of four centuries comes back")
    func eachDay() {
        for day in stride(from: Int64(-30_000), to: 120_000, by: 1) {
            let time = Timestamp(seconds: day * 86_400 + 3)
            #expect(Timestamp(time.description) == time)
        }
    }

    @Test("a fraction may be short, long or absent")
    func fractions() {
        #expect(Timestamp("1970-01-01T00:00:01Z")?.microseconds == 1_000_000)
        #expect(Timestamp("1970-01-01T00:00:01.5Z")?.microseconds == 1_500_000)
        // As container images have it.
        #expect(Timestamp("1970-01-01T00:00:01.123456789Z")?.microseconds == 1_123_456)
    }

    @Test(
        "what is no time in UTC is refused",
        arguments: [
            "", "1970-01-01", "1970-13-01T00:00:00Z", "1970-01-01T24:00:00Z", "1970-01-01T00:00:00+01:00",
            "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00.1234567890Z", "1970-01-01T00:00:00.1234567xZ",
            "1970-01-01 00:00:00Z",
        ])
    func refused(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("durations are added and taken back")
    func arithmetic() {
        let start = Timestamp(seconds: 100)
        let later = start + .milliseconds(1500)
        #expect(later - start == .milliseconds(1500))
        #expect(later > start)
    }
}

@Suite struct SecretTests {
    @Test("a secret does not show in any printed form")
    func hidden() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump(secret, to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), dumped, "\(Optional(secret) as Any)"] {
            #expect(!text.contains("hunter2"))
        }
        #expect(secret.reveal() == "hunter2")
    }
}

@Suite struct MusterErrorTests {
    @Test("an error prints its message, each cause behind it, and the advice last")
    func description() {
        let cause = MusterError(.systemFailure, "open /x: no such file")
        let error = MusterError(.notFound, "profile 'a' cannot be read", advice: "create it", cause: cause)
        #expect(error.description == "profile 'a' cannot be read: open /x: no such file; create it")
    }

    @Test("usage errors end with 64, all others with 1")
    func exitCodes() {
        #expect(MusterError(.invalidInput, "").exitCode == 64)
        #expect(MusterError(.notFound, "").exitCode == 1)
    }

    @Test("a code is found by its name, an unknown name is a fault of our own")
    func codeNames() {
        #expect(MusterError.Code(named: "conflict") == .conflict)
        #expect(MusterError.Code(named: "no such code") == .internalFailure)
    }
}

@Suite struct ContentDigestTests {
    @Test("a digest is read in its one form only")
    func forms() {
        let hex = String(repeating: "ab", count: 32)
        #expect(ContentDigest("sha256:" + hex)?.hex == hex)
        #expect(ContentDigest(hex) == nil)
        #expect(ContentDigest("sha256:" + hex.dropLast(2)) == nil)
        #expect(ContentDigest("sha512:" + hex) == nil)
    }
}
