import Diffusion
import Imaging
import JSON
import Jobs

/// `callback` of a request: `{"url": "https://...", "events": ["succeeded"]}`.
enum WebhookRequest {
    static let field = "callback"
    private static let ends = JobStatus.allCases.filter(\.isTerminal)

    /// Takes `callback` out of a request's fields.
    /// - Parameter targets: nil where the configuration allows no callbacks.
    /// - Throws: 422.
    static func take(from fields: inout JSONValue, _ targets: WebhookTargets?) throws(Problem) -> JobCallback? {
        guard var object = fields.object, let value = object[field] else { return nil }
        object[field] = nil
        fields = .object(object)
        guard let targets else {
            throw refusal("#/callback", "expected nothing: the configuration has no `webhooks`")
        }
        do throws(JSONMismatch) {
            return try read(JSONCursor(value, pointer: "/" + field), targets)
        } catch {
            throw refusal("#" + error.pointer, "expected \(error.expected), got \(error.got)")
        }
    }

    private static func read(_ cursor: JSONCursor, _ targets: WebhookTargets) throws(JSONMismatch) -> JobCallback {
        try cursor.refuseMembers(otherThan: ["url", "events"])
        let url = try cursor.required("url"), text = try url.string()
        if let fault = targets.fault(in: text) {
            throw JSONMismatch(
                pointer: url.pointer, expected: String(fault.dropFirst("expected ".count)), got: "another address")
        }
        var events: Set<JobStatus> = []
        for element in try cursor.member("events")?.elements(count: 1...ends.count) ?? [] {
            let word = try element.string(oneOf: ends.map(\.rawValue))
            guard let status = JobStatus(rawValue: word), events.insert(status).inserted else {
                throw element.mismatch(expected: "each end once")
            }
        }
        return JobCallback(url: text, events: events.isEmpty ? Set(ends) : events)
    }

    private static func refusal(_ pointer: String, _ detail: String) -> Problem {
        Problem(.invalid, "One field is not valid.", errors: [.init(pointer: pointer, detail: detail)])
    }
}
