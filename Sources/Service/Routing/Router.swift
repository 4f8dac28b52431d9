import Dispatch
import HTTP
import HTTPTypes
import Imaging
import Locking
import Logging

/// Finds the route of a request, guards it, runs it on its lane, and turns what it throws into a problem document.
package final class Router: Handler {
    private let table = Lock<[Route]>([])
    private let status: ServiceStatus
    private let lanes: Lanes
    private let authentication: BearerAuthentication
    private let hosts: HostList
    private let origins: Origin
    private let proxies: [NetworkRange]
    private let logger: Logger
    private let metrics: ServiceMetrics

    /// - Parameter configuration: who may ask, from where, and under which names.
    package init(
        _ configuration: Configuration, status: ServiceStatus, lanes: Lanes, logger: Logger,
        metrics: ServiceMetrics = ServiceMetrics()
    ) {
        self.metrics = metrics
        self.status = status
        self.lanes = lanes
        authentication = BearerAuthentication(configuration.auth)
        hosts = HostList(configuration)
        origins = Origin(allowed: configuration.cors)
        proxies = configuration.proxies
        self.logger = logger
    }

    /// Adds to the route table: probes are there before the models are.
    package func install(_ routes: [Route]) { table.withLock { $0 += routes } }

    /// Puts other routes in the place of all; requests that were resolved before go their way.
    func replace(_ routes: [Route]) { table.withLock { $0 = routes } }

    package var routes: [Route] { table.withLock { $0 } }

    // MARK: Handler

    package func admit(_ head: RequestHead) -> Admission {
        let started = Platform.monotonicNanoseconds()
        var resolved: Route?
        do throws(Problem) {
            let forwarding = Forwarding(head, proxies: proxies)
            // Before anything is told, and whatever is asked: reading is as much of a page's power over a rebound name
            // as changing.
            try hosts.check([head.authority].compactMap(\.self) + forwarding.hosts)
            if head.method == .options {
                return .accept(
                    Acceptance(bodyLimit: Self.ignoredBody) { [self] in answerOptions($0, $1, admitted: started) })
            }
            let (route, parameters) = try resolve(head)
            resolved = route
            let caller = try guardRoute(route, head, forwarding)
            let describe = { @Sendable in RequestRecord(head, route: route, who: caller.name, admitted: started) }
            var acceptance = Acceptance(
                bodyLimit: route.content == .none ? Self.ignoredBody : nil, on: queue(for: route, head)
            ) { [self] request, responder in
                let record = describe()
                var call = Call(request: request, parameters: parameters, caller: caller, trace: record.trace)
                call.origin = forwarding.origin(of: head)
                answer(call, by: route, responder, record)
            }
            acceptance.refusal = { [self] violation in Problem(violation).map { refusal($0, describe()) } }
            return .accept(acceptance)
        } catch {
            return .refuse(refusal(error, RequestRecord(head, route: resolved, admitted: started)))
        }
    }

    private func queue(for route: Route, _ head: RequestHead) -> DispatchQueue? {
        switch route.lane {
        case .immediate: nil
        case .reading: lanes.reading
        case .writing: lanes.writing
        case .planning(let content): lanes.planning(content, head.framing)
        case .converting: lanes.converting
        case .comparing: lanes.comparing
        }
    }

    /// Runs the route's handler, in the lane that the acceptance named.
    private func answer(
        _ call: Call, by route: Route, _ responder: Responder, _ record: RequestRecord
    ) {
        do throws(Problem) {
            if route.lane.isLong, status.isDraining { try status.requireAccepting() }
            switch try route.handler(call) {
            case .now(let response): responder.respond(complete(response, record))
            case .later(let start):
                start(
                    Answering(
                        responder: responder, complete: { [self] in complete($0, record, refusal: $1) },
                        describe: { .problem($0, instance: record.head.path, shape: route.problems) }))
            }
        } catch {
            responder.respond(refusal(error, record))
        }
    }

    private func answerOptions(_ request: Request, _ responder: Responder, admitted: UInt64) {
        let record = RequestRecord(request.head, admitted: admitted)
        do throws(Problem) {
            responder.respond(complete(try options(request.head), record))
        } catch {
            responder.respond(refusal(error, record))
        }
    }

    package func allowedMethods(for path: String) -> [HTTPRequest.Method] {
        guard path != "*" else { return [.get, .head, .post, .delete, .options] }
        guard let segments = RequestTarget(path).segments else { return [] }
        var methods = fitting(segments).map(\.route.method)
        if methods.contains(.get) { methods.append(.head) }
        return methods.isEmpty ? [] : methods + [.options]
    }

    // MARK: Finding and guarding

    /// The routes of a path. One that is a whole template, as `/v1/models/reload`, is no value of another's parameter.
    private func fitting(_ segments: [String]) -> [(route: Route, parameters: [PathTemplate.Parameter: String])] {
        let fitting = routes.compactMap { route in
            route.template.match(segments).map { (route: route, parameters: $0) }
        }
        let literal = fitting.filter(\.parameters.isEmpty)
        return literal.isEmpty ? fitting : literal
    }

    /// Bodies that nobody asked for are read and forgotten up to this size.
    private static let ignoredBody = 64 << 10

    /// - Throws: 404 without a path that fits, 405 without the method (RFC 9110 section 15.5.6).
    private func resolve(_ head: RequestHead) throws(Problem) -> (Route, [PathTemplate.Parameter: String]) {
        guard let segments = head.target.segments else {
            throw Problem(.unreadable, "The path is badly percent-encoded, or decodes to no UTF-8.")
        }
        // HEAD is GET without the content, which the connection leaves out (RFC 9110 section 9.3.2).
        let method = head.method == .head ? .get : head.method
        let fitting = fitting(segments)
        if let found = fitting.first(where: { $0.route.method == method }) { return found }
        guard !fitting.isEmpty else {
            if status.word == .starting { try status.requireAccepting() }
            throw Problem(.notFound, "There is nothing at this path.")
        }
        let allowed = allowedMethods(for: head.path).map(\.rawValue).joined(separator: ", ")
        throw Problem(.methodNotAllowed, "\(head.method.rawValue) is not one of \(allowed).", fields: [.allow: allowed])
    }

    /// Token, origin and media type, before any of the body is read.
    private func guardRoute(
        _ route: Route, _ head: RequestHead, _ forwarding: Forwarding
    ) throws(Problem) -> Caller {
        let caller = try authentication.authenticate(head.fields, for: route.access)
        let host = forwarding.hosts.first ?? head.authority
        guard
            route.method == .get
                || origins.mayChange(origin: head.fields[.origin], host: host, scheme: forwarding.scheme)
        else {
            throw Problem(
                .forbidden,
                "Pages of this origin may not change anything here; `cors` in the configuration does not list it.")
        }
        guard route.content != .none else { return caller }
        guard let type = MediaType(head.fields[.contentType] ?? ""), route.content.accepts(type) else {
            let expected = route.content.mediaTypes.joined(separator: " or ")
            let got = head.fields[.contentType].map(Self.echoed) ?? "none"
            throw Problem(.unsupportedMediaType, "Expected Content-Type: \(expected), got \(got).")
        }
        return caller
    }

    /// What a client sent, for a message: the beginning, and of what is not printable ASCII only that it was there.
    private static func echoed(_ text: String) -> String {
        let scalars = text.unicodeScalars.prefix(61).map { (" "..."~").contains($0) ? Character($0) : "?" }
        return "\"\(String(scalars).excerpt(60))\""
    }

    private func options(_ head: RequestHead) throws(Problem) -> Response {
        let allowed = allowedMethods(for: head.path).map(\.rawValue).joined(separator: ", ")
        guard !allowed.isEmpty else { throw Problem(.notFound, "There is nothing at this path.") }
        var fields: HTTPFields = [.allow: allowed]
        if let origin = head.fields[.origin], origins.grant(origin) != nil,
            head.fields[.accessControlRequestMethod] != nil
        {
            fields[.accessControlAllowMethods] = allowed
            fields[.accessControlAllowHeaders] = Origin.requestFields
            // Seconds. Ten minutes: no browser is asked again within a session, and a changed list is soon in force.
            fields[.accessControlMaxAge] = "600"
        }
        return Response(status: .noContent, fields: fields)
    }

    // MARK: Finishing

    /// Adds what every answer carries, counts it and logs it.
    /// - Parameter refusal: the problem that it tells.
    private func complete(_ response: Response, _ record: RequestRecord, refusal: ProblemKind? = nil) -> Response {
        var response = response
        response.fields[.serverTiming] = record.timing
        response.fields[.requestID] = record.requestID
        response.fields[.xContentTypeOptions] = "nosniff"
        if let origin = record.head.fields[.origin], let grant = origins.grant(origin) {
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

    private func refusal(_ problem: Problem, _ record: RequestRecord) -> Response {
        let response = Response.problem(
            problem, instance: record.head.path, shape: record.route?.problems ?? .document)
        return complete(response, record, refusal: problem.kind)
    }
}
