import HTTP
import HTTPTypes
import Imaging
import Logging

/// What is known of a request while it is answered: for the fields of its answer, the log and the measurements.
struct RequestRecord: Sendable {
    /// Nil of a request whose head could not be read.
    let head: RequestHead?
    let route: Route?
    let requestID: String
    /// The name of the token; empty where there is none.
    let who: String
    /// The client's trace, if it told one.
    let trace: TraceContext?
    /// When its header was read, and when its handler began; nanoseconds of the monotonic clock.
    private let admitted: UInt64, started: UInt64

    /// - Parameter requestID: nil is the client's own, or a new one.
    init(
        _ head: RequestHead?, route: Route? = nil, who: String = "", requestID: String? = nil, admitted: UInt64
    ) {
        (self.head, self.route, self.who) = (head, route, who)
        self.admitted = admitted
        started = Platform.monotonicNanoseconds()
        self.requestID = requestID ?? RequestID.choose(head?.fields[.requestID])
        let parents = head?.fields[values: .traceParent] ?? []
        var generator = SystemRandomNumberGenerator()
        trace = parents.count == 1 ? TraceContext(parents[0], using: &generator) : nil
    }

    /// Seconds since the header was read.
    var seconds: Double { Double(Platform.monotonicNanoseconds() - admitted) / 1e9 }

    /// `Server-Timing` (https://www.w3.org/TR/server-timing/): milliseconds in which the body came and its lane was
    /// waited for, and those of the answer itself.
    var timing: String {
        let now = Platform.monotonicNanoseconds()
        return "wait;dur=\(Self.milliseconds(started - admitted)), app;dur=\(Self.milliseconds(now - started))"
    }

    /// With three digits after the point.
    private static func milliseconds(_ nanoseconds: UInt64) -> String {
        let microseconds = nanoseconds / 1_000, rest = String(microseconds % 1_000)
        return "\(microseconds / 1_000)." + String(repeating: "0", count: 3 - rest.utf8.count) + rest
    }

    /// A label: methods that no route has are one.
    var method: String {
        let known: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
        return head.flatMap { known.contains($0.method) ? $0.method.rawValue : nil } ?? "other"
    }

    var template: String { route?.template.text ?? "-" }

    /// Neither path nor peer is logged: ids and addresses can be personal.
    func metadata(status: Int) -> Logger.Metadata {
        let milliseconds = Double(Platform.monotonicNanoseconds() - started) / 1_000_000
        var metadata: Logger.Metadata = [
            "method": "\(head?.method.rawValue ?? "-")", "route": "\(template)", "status": .stringConvertible(status),
            "ms": .stringConvertible(milliseconds), "request_id": "\(requestID)",
        ]
        if !who.isEmpty { metadata["who"] = "\(who)" }
        if let trace {
            metadata["trace_id"] = "\(trace.trace)"
            metadata["span_id"] = "\(trace.span)"
            metadata["parent_id"] = "\(trace.parent)"
        }
        return metadata
    }
}
