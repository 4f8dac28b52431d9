import HTTPTypes

/// `Prefer: wait=N` (RFC 7240 section 4.3).
enum Preference {
    /// Longest wait of one request, in seconds. Proxies and load balancers give up on an answer after 60 s (nginx's
    /// `proxy_read_timeout`), and their client would lose the id of a job that runs on.
    static let longestWait = 50

    /// Seconds to wait at most; nil without the preference, or if its value is no number (RFC 7240 section 2: ignored then).
    static func wait(in fields: HTTPFields) -> Int? {
        for line in fields[values: .prefer] {
            for preference in line.split(separator: ",") {
                let main = preference.split(separator: ";", omittingEmptySubsequences: false)[0]
                let sides = main.split(separator: "=", maxSplits: 1).map { side in
                    String(side.filter { $0 != " " && $0 != "\t" && $0 != "\"" })
                }
                guard sides.count == 2, sides[0].lowercased() == "wait", !sides[1].isEmpty,
                    sides[1].utf8.allSatisfy(\.isASCIIDigit)
                else { continue }
                return min(Int(sides[1]) ?? longestWait, longestWait)
            }
        }
        return nil
    }
}
