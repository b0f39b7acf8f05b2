import Synchronization

/// What the code under test gave to a closure or protocol, in order.
package final class Recorder<Element: Sendable>: Sendable {
    private let kept = Mutex<[Element]>([])

    package init() {}

    package var all: [Element] { kept.withLock { $0 } }

    package func add(_ element: Element) { kept.withLock { $0.append(element) } }
}
