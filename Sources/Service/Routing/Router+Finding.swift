import HTTP
import HTTPTypes

// The route of a request, and what there is at a path.
extension Router {
    package func allowedMethods(for path: String) -> [HTTPRequest.Method] {
        guard path != "*" else { return [.get, .head, .post, .delete, .options] }
        guard let segments = RequestTarget(path).segments else { return [] }
        var methods = fitting(segments).map(\.route.method)
        if methods.contains(.get) { methods.append(.head) }
        return methods.isEmpty ? [] : methods + [.options]
    }

    /// The routes of a path. One that is a whole template, as `/v1/models/reload`, is no value of another's parameter.
    private func fitting(_ segments: [String]) -> [(route: Route, parameters: [PathTemplate.Parameter: String])] {
        let fitting = routes.compactMap { route in
            route.template.match(segments).map { (route: route, parameters: $0) }
        }
        let literal = fitting.filter(\.parameters.isEmpty)
        return literal.isEmpty ? fitting : literal
    }

    /// - Throws: 404 without a path that fits, 405 without the method (RFC 9110 section 15.5.6).
    func resolve(_ head: RequestHead) throws(Problem) -> (Route, [PathTemplate.Parameter: String]) {
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

    func options(_ head: RequestHead) throws(Problem) -> Response {
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
}
