import Exposition
import HTTP
import HTTPTypes

/// `GET /metrics`: what is measured, for Prometheus and its kin. All of it is in memory, and how much there is depends
/// on routes and models alone, not on jobs.
struct MetricsRoutes: Sendable {
    let metrics: ServiceMetrics

    func scrape(_ call: Call) throws(Problem) -> Reply {
        let format = Self.format(call.fields[values: .accept])
        let fields: HTTPFields = [
            .contentType: format.mediaType, .cacheControl: "no-store", .vary: "Accept",
        ]
        return .now(Response(status: .ok, fields: fields, body: metrics.registry.exposition(format)))
    }

    /// OpenMetrics for who prefers it to plain text (RFC 9110 section 12.5.1); the text of Prometheus for all else.
    static func format(_ accept: [String]) -> ExpositionFormat {
        var qualities: [String: Double] = [:]
        for range in accept.flatMap({ $0.split(separator: ",") }).compactMap({ MediaType(String($0)) }) {
            let quality = range.parameters["q"].map { Double($0) ?? 0 } ?? 1
            qualities[range.type] = max(quality, qualities[range.type] ?? 0)
        }
        let plain = qualities["text/plain"] ?? qualities["text/*"] ?? 0
        guard let open = qualities["application/openmetrics-text"], open > 0 else { return .prometheus }
        return open >= plain ? .openMetrics : .prometheus
    }
}
