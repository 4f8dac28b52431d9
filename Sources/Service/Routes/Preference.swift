import Bytes
import HTTPTypes

/// `Prefer: wait=N` (RFC 7240 section 4.3).
enum Preference {
    /// Longest wait of one request, in seconds. Proxies and load balancers give up on an answer after 60 s (nginx's
    /// `proxy_read_timeout`), and their client would lose the id of a job that runs on.
    static let longestWait = 50

    /// Seconds to wait at most; nil without the preference, or if its value is no number (RFC 7240 section 2: ignored
    /// then).
    static func wait(in fields: HTTPFields) -> Int? {
        // What follows a semicolon are parameters of the preference before it. Of a preference that stands several
        // times only the first is looked at.
        let preferences = PairList(fields[values: .prefer]).elements.compactMap(\.first)
        guard let value = preferences.first(where: { $0.name == "wait" })?.value,
            !value.isEmpty, value.utf8.allSatisfy(\.isASCIIDigit)
        else { return nil }
        return min(Int(value) ?? longestWait, longestWait)
    }
}
