import LinuxSystem
import MusterBase

/// Starts a machine again whose root is on trial and does not become healthy in time: units of systemd's own, which need
/// neither the agent nor the network, and hold in emergency mode as well.
package enum TrialDeadline {
    /// In ``AgentState/memoryDirectory`` as soon as the root on trial has become the good one.
    static let healthyMarker = "healthy"

    private static let directory = "/etc/systemd/system/"
    private static let timer = directory + "muster-trial.timer"
    private static let service = directory + "muster-trial.service"

    /// - Parameter minutes: counted from the kernel's start.
    package static func changes(minutes: Int) -> [RootChange] {
        [
            .text(timer, timerText(minutes)), .text(service, serviceText),
            // As early as there are units.
            .link(path: directory + "sysinit.target.wants/muster-trial.timer", target: timer),
        ]
    }

    private static func timerText(_ minutes: Int) -> String {
        """
        [Unit]
        Description=Deadline of a root on trial
        DefaultDependencies=no
        IgnoreOnIsolate=yes
        ConditionKernelCommandLine=\(RootMenu.trialArgument)

        [Timer]
        OnBootSec=\(minutes)min
        AccuracySec=1s

        """
    }

    /// However it ends. Forced: what hangs in a stop job must not keep the machine.
    private static let serviceText = """
        [Unit]
        Description=Start again, as the root on trial is not healthy in time
        DefaultDependencies=no
        IgnoreOnIsolate=yes
        ConditionPathExists=!\(AgentState.memoryDirectory)/\(healthyMarker)
        SuccessAction=reboot-force
        FailureAction=reboot-force

        [Service]
        Type=oneshot
        ExecStart=/bin/true

        """
}
