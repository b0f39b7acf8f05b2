import Foundation

/// The processor time that the threads of a process have used.
struct ProcessorClock: Sendable {
    let identifier: pid_t

    /// In seconds, to the nanosecond.
    var seconds: Double {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/task")) ?? []
        return tasks.reduce(0) { sum, task in
            let text =
                (try? String(contentsOfFile: "/proc/\(identifier)/task/\(task)/schedstat", encoding: .utf8)) ?? ""
            return sum + (text.split(separator: " ").first.flatMap { Double($0) } ?? 0) / 1e9
        }
    }
}
