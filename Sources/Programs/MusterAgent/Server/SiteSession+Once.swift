import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

extension SiteSession {
    /// Runs a step once, for an installer that cannot go on without it; what goes wrong ends the deployment.
    func runOnce<Value: Sendable>(
        _ name: String, doing: String, check: String, _ body: () async throws -> StepResult<Value>
    ) async throws -> Value {
        do {
            return try await steps.run(name, doing: doing, check: check, isFinal: { _ in true }, body)
        } catch let error as MusterError {
            await steps.explain(error, step: name, doing: doing, check: check)
            throw error
        }
    }

    /// Runs the scripts of a stage once, of a node whose system an installer puts on its disk.
    func runScripts(
        _ stage: String, _ scripts: [StageScript], of configuration: NodeConfiguration, by runner: any ToolRunner
    ) async throws {
        do {
            try await ScriptStage(
                name: stage, scripts: scripts,
                purpose: .init(node: configuration.node, profile: configuration.profile, image: nil), pool: pool,
                reporter: steps.reporter, runner: runner
            ).run()
        } catch let error as MusterError {
            await steps.explain(
                error, step: stage, doing: "running the \(stage) scripts",
                check: "the script in the profile \(configuration.profile)")
            throw error
        }
    }
}
