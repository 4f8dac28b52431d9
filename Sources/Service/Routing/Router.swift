import Dispatch
import HTTP
import HTTPTypes
import Imaging
import Logging
import Synchronization

/// Finds the route of a request, guards it, runs it on its lane, and turns what it throws into a problem document.
package final class Router: Handler {
    private let table = Mutex<[Route]>([])
    private let status: ServiceStatus
    private let lanes: Lanes
    private let authentication: BearerAuthentication
    private let hosts: HostList
    private let origins: Origin
    private let proxies: [NetworkRange]
    private let logger: Logger

    /// - Parameter configuration: who may ask, from where, and under which names.
    package init(_ configuration: Configuration, status: ServiceStatus, lanes: Lanes, logger: Logger) {
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

    package var routes: [Route] { table.withLock { $0 } }

    // MARK: Handler

    package func admit(_ head: RequestHead) -> Admission {
        let started = Platform.monotonicNanoseconds()
        do throws(Problem) {
            let forwarding = Forwarding(head, proxies: proxies)
            // Before anything is told, and whatever is asked: reading is as much of a page's power over a rebound name as changing.
            try hosts.check([head.authority].compactMap(\.self) + forwarding.hosts)
            if head.method == .options { return .accept(bodyLimit: Self.ignoredBody) }
            let (route, _) = try resolve(head)
            try guardRoute(route, head, forwarding)
            return route.content == .none ? .accept(bodyLimit: Self.ignoredBody) : .accept()
        } catch {
            let record = Record(head: head, route: nil, requestID: RequestID.choose(head.fields[.requestID]), started: started)
            return .refuse(complete(.problem(error, instance: head.path), record))
        }
    }

    package func handle(_ request: Request, _ responder: Responder) {
        let head = request.head
        let requestID = RequestID.choose(head.fields[.requestID])
        var record = Record(head: head, route: nil, requestID: requestID, started: Platform.monotonicNanoseconds())
        do throws(Problem) {
            if head.method == .options {
                responder.respond(complete(try options(head), record))
                return
            }
            let (route, parameters) = try resolve(head)
            record.route = route
            if route.lane.isLong, status.isDraining { try status.requireAccepting() }
            let call = Call(request: request, parameters: parameters, requestID: requestID)
            switch try route.handler(call) {
            case .now(let response): responder.respond(complete(response, record))
            case .later(let start):
                let completed = record
                start(Answering(responder: responder, path: head.path) { [self] in complete($0, completed) })
            }
        } catch {
            responder.respond(complete(.problem(error, instance: head.path), record))
        }
    }

    package func queue(for head: RequestHead) -> DispatchQueue? {
        guard head.method != .options, let (route, _) = try? resolve(head) else { return nil }
        switch route.lane {
        case .immediate: return nil
        case .reading: return lanes.reading
        case .writing: return lanes.writing
        case .planning: return lanes.planning(head.framing)
        case .converting: return lanes.converting
        case .comparing: return lanes.comparing
        }
    }

    package func allowedMethods(for path: String) -> [HTTPRequest.Method] {
        guard path != "*" else { return [.get, .head, .post, .delete, .options] }
        guard let segments = RequestTarget(path).segments else { return [] }
        var methods = routes.filter { $0.template.match(segments) != nil }.map(\.method)
        if methods.contains(.get) { methods.append(.head) }
        return methods.isEmpty ? [] : methods + [.options]
    }

    // MARK: Finding and guarding

    /// Bodies that nobody asked for are read and forgotten up to this size.
    private static let ignoredBody = 64 << 10

    /// - Throws: 404 without a path that fits, 405 without the method (RFC 9110 section 15.5.6).
    private func resolve(_ head: RequestHead) throws(Problem) -> (Route, [PathTemplate.Parameter: String]) {
        guard let segments = head.target.segments else {
            throw Problem(.unreadable, "The path is badly percent-encoded, or decodes to no UTF-8.")
        }
        // HEAD is GET without the content, which the connection leaves out (RFC 9110 section 9.3.2).
        let method = head.method == .head ? .get : head.method
        var found = false
        for route in routes {
            guard let parameters = route.template.match(segments) else { continue }
            if route.method == method { return (route, parameters) }
            found = true
        }
        guard found else {
            if status.word == .starting { try status.requireAccepting() }
            throw Problem(.notFound, "There is nothing at this path.")
        }
        let allowed = allowedMethods(for: head.path).map(\.rawValue).joined(separator: ", ")
        throw Problem(.methodNotAllowed, "\(head.method.rawValue) is not one of \(allowed).", fields: [.allow: allowed])
    }

    /// Token, origin and media type, before any of the body is read.
    private func guardRoute(_ route: Route, _ head: RequestHead, _ forwarding: Forwarding) throws(Problem) {
        if route.access == .token { try authentication.authenticate(head.fields) }
        let host = forwarding.hosts.first ?? head.authority
        if route.method != .get, !origins.mayChange(origin: head.fields[.origin], host: host, scheme: forwarding.scheme) {
            throw Problem(.forbidden, "Pages of this origin may not change anything here; `cors` in the configuration does not list it.")
        }
        guard route.content != .none else { return }
        guard let type = MediaType(head.fields[.contentType] ?? ""), route.content.accepts(type) else {
            let got = head.fields[.contentType] == nil ? "none" : "another"
            throw Problem(
                .unsupportedMediaType, "Expected Content-Type: \(route.content.mediaTypes.joined(separator: " or ")), got \(got).")
        }
    }

    private func options(_ head: RequestHead) throws(Problem) -> Response {
        let allowed = allowedMethods(for: head.path).map(\.rawValue).joined(separator: ", ")
        guard !allowed.isEmpty else { throw Problem(.notFound, "There is nothing at this path.") }
        var fields: HTTPFields = [.allow: allowed]
        if let origin = head.fields[.origin], origins.grant(origin) != nil, head.fields[.accessControlRequestMethod] != nil {
            fields[.accessControlAllowMethods] = allowed
            fields[.accessControlAllowHeaders] =
                "Authorization, Content-Type, Idempotency-Key, If-None-Match, Prefer, Range, X-Request-Id"
            fields[.accessControlMaxAge] = "600"
        }
        return Response(status: .noContent, fields: fields)
    }

    // MARK: Finishing

    private struct Record: Sendable {
        let head: RequestHead
        var route: Route?
        let requestID: String
        let started: UInt64
    }

    /// Adds what every answer carries, and logs it. Neither path nor peer is logged: ids and addresses can be personal.
    private func complete(_ response: Response, _ record: Record) -> Response {
        var response = response
        response.fields[.requestID] = record.requestID
        response.fields[.xContentTypeOptions] = "nosniff"
        if let origin = record.head.fields[.origin], let grant = origins.grant(origin) {
            response.fields[.accessControlAllowOrigin] = grant
            response.fields[.accessControlExposeHeaders] =
                "ETag, Location, Retry-After, Preference-Applied, Content-Range, Content-Disposition, X-Request-Id"
        }
        if !origins.allowed.isEmpty { response.fields.append(.init(name: .vary, value: "Origin")) }
        let milliseconds = Double(Platform.monotonicNanoseconds() - record.started) / 1_000_000
        // Probes come every few seconds and say nothing new.
        let isProbe = record.route?.access == .open && response.status.code < 400
        let level: Logger.Level = response.status.code == 500 ? .error : isProbe ? .debug : .info
        logger.log(
            level: level, "request",
            metadata: [
                "method": "\(record.head.method.rawValue)", "route": "\(record.route?.template.text ?? "-")",
                "status": .stringConvertible(response.status.code), "ms": .stringConvertible(milliseconds),
                "request_id": "\(record.requestID)",
            ])
        return response
    }
}
