/// What any request may be large in, whatever its route: head, target and chunks.
enum RequestShapes {
    /// Fields that hold lists, and some that do not but may be sent as if they did.
    private static let lists = [
        "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Connection", "Cookie", "Forwarded",
        "Idempotency-Key", "If-Match",
        "If-Modified-Since", "If-None-Match", "If-Range", "Origin", "Prefer", "Range", "TE", "Trailer", "Upgrade",
        "Via", "X-Forwarded-For",
        "X-Forwarded-Host", "X-Request-Id",
    ]

    /// - Parameter usual: a small request of the route.
    static func all(_ usual: WireRequest) -> [Shape] {
        func with(_ change: @escaping (inout WireRequest, Int) -> Void) -> (Int) -> WireRequest {
            { size in
                var request = usual
                change(&request, size)
                return request
            }
        }
        var shapes = [
            Shape("header fields", 20, with { $0.fields = (0..<$1).map { "X-Field-\($0): v" } }),
            Shape("a header field", 3000, with { $0.fields = ["X-Long: " + repeated("a", $1)] }),
            Shape("a field name", 3000, with { $0.fields = [repeated("a", $1) + ": v"] }),
            Shape(
                "media type parameters", 400,
                with { $0.type = ($0.type ?? "a/b") + list($1, separator: "") { "; a\($0)=b" } }),
            Shape("query parameters", 200, with { $0.target += "?" + list($1, separator: "&") { "p\($0)=1" } }),
            Shape("one query parameter", 200, with { $0.target += "?" + list($1, separator: "&") { _ in "limit=1" } }),
            Shape("a query name", 1800, with { $0.target += "?" + repeated("a", $1) }),
            Shape("a query value", 1800, with { $0.target += "?status=" + repeated("a", $1) }),
            Shape("an encoded query value", 600, with { $0.target += "?cursor=" + repeated("%41", $1) }),
            Shape("path segments", 900, with { $0.target += repeated("/a", $1) }),
            Shape("a path segment", 1800, with { $0.target += "/" + repeated("a", $1) }),
            Shape("an encoded path", 600, with { $0.target += "/" + repeated("%2F", $1) }),
            Shape(
                "chunks", 250,
                with { request, size in
                    (request.body, request.isChunked) = (Array(repeated(" ", size).utf8) + request.body, true)
                }),
            Shape("requests", 5, with { $0.repetitions = $1 }),
        ]
        for name in lists {
            shapes.append(
                Shape("list in \(name)", 600, with { $0.fields = ["\(name): " + list($1) { _ in "\"ab\"" }] }))
        }
        return shapes
    }
}
