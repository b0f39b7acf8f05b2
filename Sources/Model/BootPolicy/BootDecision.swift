import DHCPWire
import MusterBase

/// What is to be done about a request.
public struct BootDecision: Sendable, Hashable {
    public enum Verdict: Sendable, Hashable {
        /// Send this message.
        case answer(DHCPMessageType)
        case silence(SilenceReason)
    }

    /// What becomes of a lease.
    public enum LeaseChange: Sendable, Hashable {
        case none
        /// The machine holds the address from now on.
        case bind(IPv4Address, Lease.Kind)
        case release(IPv4Address)
        /// The machine found the address in use by another.
        case decline(IPv4Address, Lease.Kind)
    }

    public var verdict: Verdict
    /// The address given to the machine; nil in proxy answers, refusals and answers to INFORM.
    public var address: IPv4Network?
    public var target: BootTarget
    public var leaseChange: LeaseChange
    /// What is to be told to the directory; nil for steps of no interest, such as a system that renews its lease.
    public var outcome: BootObservation.Outcome?

    static func silence(_ reason: SilenceReason, telling outcome: BootObservation.Outcome? = nil) -> BootDecision {
        BootDecision(
            verdict: .silence(reason), address: nil, target: .addressOnly, leaseChange: .none, outcome: outcome)
    }

    /// Silence towards a known node, told to the directory with its reason.
    static func refusal(_ reason: SilenceReason) -> BootDecision { silence(reason, telling: .refused(reason)) }
}
