import Bytes
import HTTPTypes

/// Origins of web pages (RFC 6454): which may use the service (`cors`), and which may not change anything.
package struct Origin: Sendable {
    let allowed: [String]

    /// Fields that pages of listed origins may send, beyond those that any page may (Fetch Standard, section 3.2).
    static let requestFields =
        "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Last-Event-ID, Prefer, "
        + "Range, Traceparent, X-Request-Id"

    /// Fields of answers that they may read, likewise.
    static let answerFields =
        "Accept-Ranges, Allow, Content-Disposition, Content-Location, Content-Range, ETag, Location, "
        + "Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, Server-Timing, WWW-Authenticate, "
        + "X-Request-Id, X-Should-Retry"

    package init(allowed: [String]) { self.allowed = allowed }

    /// `scheme://host[:port]`, nothing after it.
    static func isValid(_ text: String) -> Bool {
        for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
            let rest = text.dropFirst(scheme.count)
            return !rest.isEmpty && rest.utf8.allSatisfy { $0.isASCIIAlphanumeric || ".-:[]_".utf8.contains($0) }
        }
        return false
    }

    /// The value of `Access-Control-Allow-Origin` for this origin; nil if it is not listed.
    func grant(_ origin: String) -> String? {
        allowed.contains(origin) ? origin : nil
    }

    /// Whether a page of `origin` may change something here: a listed one, or the service's own.
    /// A browser sends a bodyless POST across origins without asking first, so this is checked on every one.
    /// - Parameters:
    ///   - host: that the page's browser asked for.
    ///   - scheme: by which it asked; nil where nobody says so, and both are taken.
    func mayChange(origin: String?, host: String?, scheme: String?) -> Bool {
        guard let origin else { return true }
        if grant(origin) != nil { return true }
        guard let host else { return false }
        return (scheme.map { [$0] } ?? ["http", "https"]).contains { origin == "\($0)://\(host)" }
    }
}
