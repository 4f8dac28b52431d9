import HTTP
import HTTPTypes
import Imaging

// Who may come in, and with what.
extension Router {
    /// Token, origin and media type, before any of the body is read.
    func guardRoute(
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
}
