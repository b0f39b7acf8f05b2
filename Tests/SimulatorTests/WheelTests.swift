import Simulator
import Testing

@Suite struct WheelTests {
    @Test("a machine is given at its time, and not before")
    func inTime() {
        var wheel = TimerWheel()
        var random = SeededRandom(seed: 3)
        var wanted: [Int: Duration] = [:]
        for machine in 0..<500 {
            let time = Duration.milliseconds(Int64.random(in: 0...60_000, using: &random))
            wanted[machine] = time
            wheel.insert(machine, at: time)
        }
        var given: Set<Int> = []
        for step in 1...7000 {
            let now = Duration.milliseconds(10 * step)
            wheel.take(until: now) { machine in
                #expect(given.insert(machine).inserted)
                #expect(wanted[machine].map { $0 <= now && now - $0 <= TimerWheel.tick * 2 } == true)
            }
        }
        #expect(given.count == 500)
    }

    @Test("a machine whose time is beyond the ring comes up early, to be put back")
    func farAhead() {
        var wheel = TimerWheel()
        let due = wheel.insert(1, at: .seconds(3600))
        #expect(due < .seconds(100))
        var given: [Int] = []
        wheel.take(until: due + TimerWheel.tick) { given.append($0) }
        #expect(given == [1])
    }

    @Test("a late look gives all that was due")
    func late() {
        var wheel = TimerWheel()
        for machine in 0..<10 { wheel.insert(machine, at: .milliseconds(Int64(machine) * 30)) }
        var given: [Int] = []
        wheel.take(until: .seconds(5)) { given.append($0) }
        #expect(given == Array(0..<10))
    }
}
