import MusterBase

/// What can be asked of a lab's supervisor: one JSON object a line over its control socket, one answer a line.
package struct LabRequest: Codable, Sendable, Hashable {
    package enum Operation: String, Codable, Sendable {
        case status
        case addMachine = "add_machine"
        case addService = "add_service"
        /// Starts a machine or service.
        case start
        /// Ends a machine as by pulling its plug, or a service by SIGTERM; SIGKILL after some seconds.
        case stop
        /// Sends a service a signal and leaves it at that.
        case signal
        /// Presses the reset button.
        case reset
        /// Presses the power button: the system on the machine shuts itself down, if it cares.
        case powerDown = "power_down"
        /// Off and on again, with a new QEMU.
        case powerCycle = "power_cycle"
        /// Ends the lab. Not answered: the connection closes when it is done.
        case shutdown
    }

    package var operation: Operation
    package var name: String?
    package var machine: LabMachine?
    package var service: LabService?
    package var signal: Int32?

    package init(
        _ operation: Operation, name: String? = nil, machine: LabMachine? = nil, service: LabService? = nil,
        signal: Int32? = nil
    ) {
        self.operation = operation
        self.name = name
        self.machine = machine
        self.service = service
        self.signal = signal
    }
}

/// The supervisor's answer: the state after what was asked, or why it was not done.
package struct LabResponse: Codable, Sendable, Hashable {
    package var status: LabStatus?
    /// A code of MusterError.
    package var errorCode: String?
    package var errorMessage: String?

    package init(status: LabStatus) { self.status = status }

    package init(error: MusterError) {
        errorCode = error.code.rawValue
        errorMessage = error.description
    }

    package var error: MusterError? {
        guard let errorCode else { return nil }
        return MusterError(.init(named: errorCode), errorMessage ?? "the lab did not say why")
    }
}

/// What a machine or service of a lab does just now.
public enum LabProcessState: String, Codable, Sendable {
    case stopped, running, stopping
    /// It ended by itself, and not well. (A machine that switches itself off is `stopped`.)
    case failed
}

/// What is in a lab.
public struct LabStatus: Codable, Sendable, Hashable {
    public struct Machine: Codable, Sendable, Hashable {
        public var machine: LabMachine
        public var state: LabProcessState
        /// How often it was started again because its firmware had found nothing to boot.
        public var bootRetries: Int
        /// The exit status of its last QEMU.
        public var exitStatus: Int32?

        public init(machine: LabMachine, state: LabProcessState, bootRetries: Int = 0, exitStatus: Int32? = nil) {
            self.machine = machine
            self.state = state
            self.bootRetries = bootRetries
            self.exitStatus = exitStatus
        }
    }

    public struct Service: Codable, Sendable, Hashable {
        public var service: LabService
        public var state: LabProcessState
        public var exitStatus: Int32?

        public init(service: LabService, state: LabProcessState, exitStatus: Int32? = nil) {
            self.service = service
            self.state = state
            self.exitStatus = exitStatus
        }
    }

    public var name: String
    public var stateDirectory: String
    public var networks: [LabNetwork]
    public var acceleration: LabAcceleration
    public var services: [Service]
    public var machines: [Machine]

    public init(
        name: String, stateDirectory: String, networks: [LabNetwork], acceleration: LabAcceleration,
        services: [Service], machines: [Machine]
    ) {
        self.name = name
        self.stateDirectory = stateDirectory
        self.networks = networks
        self.acceleration = acceleration
        self.services = services
        self.machines = machines
    }
}
