import HTTP
import HTTPTypes
import Imaging
import Logging

// What every answer carries, whoever gives it.
extension Router {
    /// Adds what every answer carries, counts it and logs it.
    /// - Parameter refusal: the problem that it tells.
    func complete(_ response: Response, _ record: RequestRecord, refusal: ProblemKind? = nil) -> Response {
        var response = response
        response.fields[.serverTiming] = record.timing
        response.fields[.requestID] = record.requestID
        response.fields[.xContentTypeOptions] = "nosniff"
        if let origin = record.head?.fields[.origin], let grant = origins.grant(origin) {
            response.fields[.accessControlAllowOrigin] = grant
            response.fields[.accessControlExposeHeaders] = Origin.answerFields
        }
        if !origins.allowed.isEmpty { response.fields.append(.init(name: .vary, value: "Origin")) }
        metrics.answered(
            record.method, record.template, status: response.status.code, seconds: record.seconds, refusal: refusal)
        // Probes come every few seconds and say nothing new.
        let isProbe = record.route?.access == .open && response.status.code < 400
        let level: Logger.Level = response.status.code == 500 ? .error : isProbe ? .debug : .info
        logger.log(level: level, "request", metadata: record.metadata(status: response.status.code))
        return response
    }

    func refusal(_ problem: Problem, _ record: RequestRecord) -> Response {
        let response = Response.problem(
            problem, instance: record.head?.path, shape: record.route?.problems ?? .document)
        return complete(response, record, refusal: problem.kind)
    }

    /// What is told of a body that did not come whole: in the route's words, else in HTTP's.
    func refusal(_ violation: ProtocolViolation, _ record: RequestRecord) -> Response {
        guard let problem = Problem(violation) else { return complete(violation.response, record) }
        return refusal(problem, record)
    }

    /// An answer that replaces another is told under that one's id, which is in the log already.
    package func complete(_ answer: Response, to head: RequestHead?, insteadOf given: Response?) -> Response {
        let now = Platform.monotonicNanoseconds()
        return complete(answer, RequestRecord(head, requestID: given?.fields[.requestID], admitted: now))
    }
}
