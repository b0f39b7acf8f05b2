import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// Looks after the tethered root of the system that runs, as the process that serves it tells how it is: what was
/// refused goes to the trace, and that the root is here as a whole; and, once a boot, the server is told in which order
/// it was read.
package struct TetherWatch: Sendable {
    let pool: MemberPool
    let key: AgentKey
    let reporter: EventReporter
    let image: ImageReference
    /// Where `tethered.json` is, and what is to be known to an agent that is started again.
    let directory: String
    let ticker: Ticker

    package init(
        pool: MemberPool, key: AgentKey, reporter: EventReporter, image: ImageReference,
        directory: String = TetheredRoot.statusDirectory, ticker: Ticker = .system
    ) {
        self.pool = pool
        self.key = key
        self.reporter = reporter
        self.image = image
        self.directory = directory
        self.ticker = ticker
    }

    /// What was told since the system booted.
    private struct Told: Codable, Hashable {
        var refusals = 0
        var isComplete = false
    }

    private var toldPath: String { "\(directory)/tether-told.json" }
    private var orderMarker: String { "\(directory)/boot-order-told" }

    /// Looks every ten seconds until cancelled, or until nothing more can come. Ends at once where there is no tethered
    /// root.
    package func run() async {
        guard RootServerStatus.read(in: directory) != nil else { return }
        repeat {
            if let status = RootServerStatus.read(in: directory) { await tell(status) }
        } while (try? await ticker.sleep(RootServerStatus.interval)) != nil
    }

    /// Tells what is new.
    package func tell(_ status: RootServerStatus) async {
        var told = (try? MusterJSONFile.read(Told.self, from: toldPath)) ?? Told()
        let before = told
        for line in status.refusals.dropFirst(told.refusals) {
            await reporter.record(Step.rootImage, .retrying, line)
        }
        told.refusals = max(told.refusals, status.refusals.count)
        if status.isComplete, !told.isComplete {
            let place = status.fromDisk.map { "on this machine's disk as a whole (\($0) chunks were read from there)" }
            await reporter.record(
                Step.rootImage, .done,
                "the root file system is \(place ?? "in memory as a whole"): no server is needed for it")
            told.isComplete = true
        }
        if told != before { try? MusterJSONFile.write(told, to: toldPath, mode: 0o600) }
    }

    /// Tells the order in which the root was read until now. To be called when the system is up; it waits until what was
    /// read is written down. Once a boot.
    package func tellOrder() async {
        guard RootServerStatus.read(in: directory) != nil, !Files.exists(orderMarker) else { return }
        guard (try? await ticker.sleep(RootServerStatus.interval + .seconds(2))) != nil,
            let status = RootServerStatus.read(in: directory), !status.askedOrder.isEmpty
        else { return }
        let report = BootOrderReport(image: image, order: status.askedOrder)
        // A hint: whoever boots next does without it.
        guard (try? await pool.ask({ try await $0.tell(report, key: key) })) != nil else { return }
        try? Files.write("", to: orderMarker, mode: 0o600)
    }
}
