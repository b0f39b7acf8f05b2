import MusterAPI
import Telemetry
import WebService

extension OperatorRoute {
    /// What the service counts, for Prometheus.
    package static func metrics(_ registry: MetricsRegistry) -> OperatorRoute {
        OperatorRoute("GET", OperatorPath.metrics) { _ in
            OperatorResponse(
                contentType: MetricsRegistry.prometheusContentType, body: .bytes(Array(registry.prometheusText().utf8)))
        }
    }
}
