import DeploymentModel
import MusterBase
import Testing

@Suite struct DeploymentTests {
    private let start = Timestamp(seconds: 1_000_000)

    private func armed() -> Deployment {
        Deployment(
            id: "1", node: "n1", profile: "debian-12", method: .untethered, image: "debian-12@1", armedAt: start,
            armedBy: "root")
    }

    private func event(
        _ step: String, _ status: TraceStatus, after seconds: Int64, message: String = "m", progress: Int? = nil
    ) -> TraceEvent {
        TraceEvent(
            time: start + .seconds(seconds), source: .agent, step: step, status: status, message: message,
            progress: progress)
    }

    @Test("a deployment goes from armed over booting and firstboot to deployed")
    func theWholeWay() {
        var deployment = armed()
        deployment.apply(event(Step.armed, .done, after: 0))
        #expect(deployment.state == .armed && deployment.startedAt == nil)
        deployment.apply(event(Step.firmware, .done, after: 1))
        #expect(deployment.state == .booting && deployment.startedAt == start + .seconds(1))
        deployment.apply(event(Step.rootImage, .progress, after: 2, progress: 40))
        #expect(deployment.progress == 40)
        deployment.apply(event(Step.switchRoot, .done, after: 3))
        #expect(deployment.state == .firstboot && deployment.progress == nil)
        deployment.apply(event(Step.onboot, .started, after: 4))
        deployment.apply(event(Step.deployed, .done, after: 5))
        #expect(deployment.state == .deployed && deployment.finishedAt == start + .seconds(5))
        #expect(!deployment.keyGrantOpen)
    }

    @Test("an installation goes from booting over installing and staged to firstboot and deployed")
    func installation() {
        var deployment = armed()
        deployment.apply(event(Step.mountRoot, .done, after: 1))
        #expect(deployment.state == .booting)
        for (index, step) in [Step.pre, Step.disk, Step.partitions, Step.copy, Step.bootLoader, Step.post].enumerated()
        {
            deployment.apply(event(step, .started, after: 2 + Int64(index)))
            #expect(deployment.state == .installing && deployment.state.isRunning, "\(step)")
        }
        deployment.apply(event(Step.certificates, .done, after: 9))
        deployment.apply(event(Step.staged, .started, after: 10))
        #expect(deployment.state == .installing)
        deployment.apply(event(Step.staged, .done, after: 11))
        #expect(deployment.state == .staged && !deployment.state.isRunning)
        deployment.apply(event(Step.installer, .progress, after: 11))
        #expect(deployment.state == .staged)
        deployment.apply(event(Step.firmware, .done, after: 12))
        #expect(deployment.state == .staged)
        deployment.apply(event(Step.firstboot, .started, after: 13))
        #expect(deployment.state == .firstboot)
        deployment.apply(event(Step.deployed, .done, after: 14))
        #expect(deployment.state == .deployed)
    }

    @Test("a failed step ends the deployment and says why")
    func failure() {
        var deployment = armed()
        deployment.apply(event(Step.rootImage, .failed, after: 1, message: "wrong digest"))
        #expect(deployment.state == .failed && deployment.failure == "wrong digest")
        #expect(!deployment.keyGrantOpen)
        #expect(deployment.diagnosis(at: start) == "wrong digest")
    }

    @Test("an event that comes late does not move a deployment that is over")
    func lateEvents() {
        var deployment = armed()
        deployment.apply(event(Step.deployed, .done, after: 1))
        let over = deployment
        deployment.apply(event(Step.rootImage, .failed, after: 2))
        #expect(deployment == over)
    }

    @Test("scripts that fail at a later start are told of until a start goes well, and the machine stays deployed")
    func laterStart() {
        var deployment = armed()
        deployment.apply(event(Step.deployed, .done, after: 1))
        let over = deployment
        deployment.apply(event(Step.onboot, .failed, after: 2, message: "10-mount failed"))
        #expect(deployment.state == .deployed && deployment.finishedAt == over.finishedAt)
        #expect(deployment.diagnosis(at: start) == "its last start: 10-mount failed")
        deployment.apply(event(Step.deployed, .done, after: 3))
        #expect(deployment == over)
    }

    @Test("a step that is tried again is no failure")
    func retrying() {
        var deployment = armed()
        deployment.apply(event(Step.network, .done, after: 1))
        deployment.apply(event(Step.rootImage, .retrying, after: 2))
        #expect(deployment.state == .booting)
    }

    @Test("a refused request does not make an armed machine one that boots")
    func refusedWhileArmed() {
        var deployment = armed()
        deployment.apply(event(Step.enrol, .retrying, after: 1))
        #expect(deployment.state == .armed && deployment.startedAt == nil)
    }

    @Test("a machine that went on trying and arrives takes its failure back, and nothing less does")
    func arrivesAfterAll() {
        var deployment = armed()
        deployment.apply(event(Step.rootImage, .failed, after: 1, message: "no server"))
        deployment.apply(event(Step.rootImage, .progress, after: 2))
        #expect(deployment.state == .failed && deployment.failure == "no server")
        deployment.apply(event(Step.switchRoot, .done, after: 3))
        #expect(deployment.state == .firstboot && deployment.failure == nil)
        deployment.apply(event(Step.deployed, .done, after: 4))
        #expect(deployment.state == .deployed)
    }

    @Test("an armed machine that stays silent is told of after a while, and not before")
    func silentMachine() {
        let deployment = armed()
        #expect(deployment.diagnosis(at: start + .seconds(89)) == nil)
        let text = deployment.diagnosis(at: start + .seconds(300))
        #expect(text?.hasPrefix("no boot request from this machine for 5 min") == true)
    }

    @Test("a deployment that stops is called stalled, with its last words")
    func stalled() {
        var deployment = armed()
        deployment.apply(event(Step.rootImage, .progress, after: 1, message: "40 % of the root image", progress: 40))
        let text = deployment.diagnosis(at: start + .seconds(200))
        #expect(text?.contains("stalled") == true && text?.contains("40 % of the root image") == true)
        #expect(deployment.diagnosis(at: start + .seconds(30)) == nil)
    }

    @Test(
        "an image reference is a name and a number from 1",
        arguments: [
            ("debian-12@7", true), ("a@1", true), ("debian-12", false), ("debian-12@0", false), ("@1", false),
            ("Debian@1", false), ("../x@1", false), (".a@1", false), ("a@x", false), ("a b@1", false),
        ])
    func imageReferences(text: String, isValid: Bool) {
        #expect((ImageReference(text) != nil) == isValid)
        if isValid { #expect(ImageReference(text)?.description == text) }
    }

    @Test(
        "durations are told in the unit that suits them",
        arguments: [
            (Duration.seconds(45), "45 s"), (.seconds(300), "5 min"), (.seconds(10_000), "2 h"),
            (.seconds(200_000), "2 days"),
        ])
    func durations(duration: Duration, text: String) {
        #expect(words(duration) == text)
    }
}
