import MusterAPI
import MusterBase
import MusterCommands
import Testing

@Suite("expand")
struct ExpandCommandTests {
    var fixture = CommandFixture()

    @Test("the service expands, one name a line")
    func service() async throws {
        try fixture.service.on("POST /api/v1/expand", ExpandResponse(count: 2, nodes: ["n1", "n2"], short: nil))
        let outcome = await fixture.run("expand", "compute")
        #expect(outcome.output == "n1\nn2\n")
        #expect(fixture.service.bodies == [#"{"range":"compute","shorten":false}"#])
    }

    @Test(
        "without a service, names are taken as they stand",
        arguments: [
            (["n[1-3]"], "n1\nn2\nn3\n"), (["n[1-3],-n2", "--count"], "2\n"), (["n3,n1,n2", "--shorten"], "n[1-3]\n"),
        ])
    func alone(arguments: [String], output: String) async {
        var fixture = fixture
        fixture.isReachable = false
        let outcome = await fixture.run(["expand"] + arguments)
        #expect(outcome.code == 0)
        #expect(outcome.output == output)
        #expect(outcome.errors.hasPrefix("muster: the service was not asked"))
        #expect(outcome.errors.contains("'\(arguments[0])' is taken as names"))
    }

    @Test("what needs the inventory says that the service is missing")
    func needsService() async {
        var fixture = fixture
        fixture.isReachable = false
        let outcome = await fixture.run("expand", "location.rack=7")
        #expect(outcome.code != 0)
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains("cannot be expanded without the service"))
        #expect(outcome.errors.contains("start the service"))
    }

    @Test("what cannot be read is a fault of usage that names the column, service or not")
    func malformed() async {
        let outcome = await fixture.run("expand", "n[1-")
        #expect(outcome.code == 64)
        #expect(outcome.errors.contains("column 2"))
        #expect(fixture.service.requests.isEmpty)
    }

    @Test("another fault of the service is no reason to guess")
    func serviceFault() async {
        fixture.service.on("POST /api/v1/expand", fails: MusterError(.notFound, "there is no node 'x1'"))
        let outcome = await fixture.run("expand", "x1")
        #expect(outcome.code == 1)
        #expect(outcome.errors == "muster: there is no node 'x1'\n")
    }
}
