import APIClient
import MusterAPI
import MusterAgent
import MusterBase
import TestSupport
import Testing

private let right = Timestamp(seconds: 1_800_000_000)
private let issued = Timestamp(seconds: 1_700_000_000)

/// A member whose certificate is valid from `begin` on by this machine's clock.
private func member(_ clock: TestClock, validFrom begin: Timestamp) -> ScriptedMember {
    ScriptedMember(
        "10.0.0.1:443",
        .init(time: {
            guard clock.now >= begin else {
                throw MusterError(.verificationFailed, "TLS", cause: TLSFailure.notYetValid(notBefore: begin))
            }
            return right
        }))
}

private func contact(_ member: ScriptedMember, _ clock: TestClock, told: Timestamp?) -> ServerContact {
    ServerContact(
        pool: MemberPool([member]), earliest: issued, clock: clock.wall, setClock: { clock.set($0) },
        unauthenticatedTime: { told })
}

private func isNear(_ left: Timestamp, _ right: Timestamp) -> Bool {
    abs(left.microseconds - right.microseconds) < 60_000_000
}

@Suite("Clock and first contact")
struct ServerContactTests {
    @Test("a clock that is nearly right is left alone")
    func leavesAlone() async throws {
        let clock = TestClock(Timestamp(microseconds: right.microseconds + 200_000))
        let outcome = try await contact(member(clock, validFrom: issued), clock, told: nil).establish()
        #expect(clock.now == Timestamp(microseconds: right.microseconds + 200_000))
        #expect(!outcome.wasUnusable)
        #expect(outcome.clockWords == "the clock is right")
    }

    @Test("a clock that is off is set by the time that came over TLS")
    func corrects() async throws {
        let clock = TestClock(Timestamp(seconds: 1_799_990_000))
        let outcome = try await contact(member(clock, validFrom: issued), clock, told: nil).establish()
        #expect(isNear(clock.now, right))
        #expect((9_900...10_100).contains(outcome.correction.components.seconds))
    }

    @Test("an empty battery: the time of the site's keys is enough to be let in, and then the server's counts")
    func stepsToIssue() async throws {
        let clock = TestClock(Timestamp(seconds: 0))
        let outcome = try await contact(member(clock, validFrom: issued), clock, told: nil).establish()
        #expect(outcome.clockWords == "the clock was behind by 20833 days and is set (no certificate was valid by it)")
        #expect(isNear(clock.now, right))
    }

    @Test("where that is not enough, the time in the clear is tried, and TLS decides")
    func triesClearTime() async throws {
        let clock = TestClock(Timestamp(seconds: 0))
        let server = member(clock, validFrom: Timestamp(seconds: 1_790_000_000))
        let outcome = try await contact(server, clock, told: Timestamp(seconds: 1_799_999_000)).establish()
        #expect(outcome.wasUnusable)
        #expect(isNear(clock.now, right))
        #expect(server.requests == ["time", "time", "time"])
    }

    @Test("a time in the clear from before the site's keys is not believed")
    func refusesOldTime() async {
        let clock = TestClock(Timestamp(seconds: 0))
        let server = member(clock, validFrom: Timestamp(seconds: 1_790_000_000))
        let error = await #expect(throws: MusterError.self) {
            try await contact(server, clock, told: Timestamp(seconds: 1_600_000_000)).establish()
        }
        #expect(error?.code == .verificationFailed)
        #expect(clock.now == issued)
    }

    @Test("a server that does not answer is no reason to touch the clock")
    func keepsClock() async {
        let clock = TestClock(Timestamp(seconds: 5))
        let server = ScriptedMember("a", .init())
        await #expect(throws: MusterError.self) { try await contact(server, clock, told: right).establish() }
        #expect(clock.now == Timestamp(seconds: 5))
    }

    @Test("the date of an HTTP header is read")
    func readsDate() {
        #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT") == Timestamp(seconds: 784_111_777))
        #expect(HTTPDate.parse("Sunday, 06-Nov-94 08:49:37 GMT") == nil)
        #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 CET") == nil)
    }

    @Test("a member that is away is passed over, and one that says no is listened to")
    func fallsOver() async throws {
        let away = ScriptedMember("away", .init())
        let good = ScriptedMember("good", .init(time: { right }))
        let pool = MemberPool([away, good])
        #expect(try await pool.ask { try await $0.time() }.time == right)
        _ = try await pool.ask { try await $0.time() }
        #expect(away.requests.count == 1)
        let refusing = ScriptedMember("no", .init(enrol: { _ in throw MusterError(.conflict, "not armed") }))
        let second = ScriptedMember("second", .init(enrol: { _ in EnrolResponse(node: "n1", deployment: "d") }))
        let error = await #expect(throws: MusterError.self) {
            try await Enrolment.ask(
                MemberPool([refusing, second]), key: Secret([UInt8](repeating: 1, count: 32)), machine: machine,
                profile: nil)
        }
        #expect(error?.code == .conflict)
        #expect(error?.advice?.contains("muster deploy NODE PROFILE") == true)
        #expect(second.requests.isEmpty)
    }

    private let machine = MachineDescription(
        uuid: nil, serial: nil, macs: [MACAddress(rawValue: 1)], architecture: "x86_64", firmware: "bios", memory: 1,
        processors: 1)

    @Test("the server learns the digest of the key, never the key")
    func sendsDigest() async throws {
        let key = Secret([UInt8](repeating: 7, count: 32))
        let server = ScriptedMember(
            "a",
            .init(enrol: { request in
                // sha256sum of 32 octets of 7
                #expect(
                    request.keyDigest.hex == "4bb06f8e4e3a7715d201d573d0aa423762e55dabd61a2c02278fa56cc6d294e0")
                return EnrolResponse(node: "n1", deployment: "d")
            }))
        let enrolment = try await Enrolment.ask(MemberPool([server]), key: key, machine: machine, profile: "p")
        #expect(enrolment.node == "n1")
    }
}
