import Foundation
import HTTPTypes
import JSON
import Jobs
import Service
import Testing

/// Finding routes, and what stands before them: tokens, origins, media types, request ids.
@Suite struct RouterTests {
    @Test func theDocumentIsServedAsItIs() async throws {
        let bench = try RoutingBench()
        let answer = await bench.get("/openapi.yaml")
        #expect(answer.status == 200)
        #expect(answer.text == (try Repository.text("openapi.yaml")))
        let tag = try #require(answer[field: "ETag"])
        #expect(await bench.get("/openapi.yaml", [.ifNoneMatch: tag]).status == 304)
    }

    @Test(arguments: [
        "/page", "/page/", "/v1", "/v1/", "/v1/jobs/", "/v1/job", "/v1/jobs/1", "/v1/jobs/00000000-0000-4000-8000-000000000000", "/health/", "/healthz",
        "//health", "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/images", "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/images/-1",
        "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/images/01", "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/images/0.jpg",
        "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/images/99999999999999999999", "/v1/models/a%2Fb", "/v1/models/..", "/v1%2Fjobs",
        "/v1/jobs/..%2f..%2fetc%2fpasswd",
    ])
    func pathsThatAreNoneAre404(_ path: String) async throws {
        let answer = try await RoutingBench().get(path)
        #expect(answer.status == 404)
        #expect(answer.isProblem)
    }

    @Test(arguments: [
        (HTTPRequest.Method.put, "/v1/generations", "POST, OPTIONS"), (.get, "/v1/generations", "POST, OPTIONS"),
        (.post, "/v1/jobs", "GET, HEAD, OPTIONS"), (.patch, "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057", "GET, DELETE, HEAD, OPTIONS"),
        (.get, "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/cancel", "POST, OPTIONS"), (.delete, "/health", "GET, HEAD, OPTIONS"),
    ])
    func otherMethodsAre405WithAllow(_ method: HTTPRequest.Method, _ path: String, _ allow: String) async throws {
        let answer = try await RoutingBench().send(method, path)
        #expect(answer.status == 405)
        #expect(answer[field: "Allow"] == allow)
        #expect(answer.isProblem)
    }

    @Test func optionsNameTheMethodsAndHeadIsGet() async throws {
        let bench = try RoutingBench()
        let options = await bench.send(.options, "/v1/jobs")
        #expect(options.status == 204)
        #expect(options[field: "Allow"] == "GET, HEAD, OPTIONS")
        #expect(await bench.send(.options, "/nothing").status == 404)
        #expect(await bench.send(.head, "/health").status == 200)
    }

    @Test func percentEncodingIsDecodedOnceAndPerSegment() async throws {
        let bench = try RoutingBench()
        #expect(await bench.get("/v1/models/ch%65st").status == 200)
        #expect(await bench.get("/v1/models/ch%2565st").status == 404)
        #expect(await bench.get("/v1/models/%FF").status == 400)
        #expect(await bench.get("/v1/jobs?status=%ZZ").status == 400)
    }

    // MARK: Request ids

    @Test(arguments: ["abc", "A-1.b_2", "ok_1.2:3", "a/b+c==@~", String(repeating: "x", count: 128)])
    func aUsableRequestIDComesBack(_ id: String) async throws {
        #expect(try await RoutingBench().get("/health", [HTTPField.Name("X-Request-Id")!: id])[field: "X-Request-Id"] == id)
    }

    @Test(arguments: ["", "a b", "a\"b", "a\\b", "a;b", "a,b", "a\tb", "é", String(repeating: "x", count: 129)])
    func anotherIsReplaced(_ id: String) async throws {
        let bench = try RoutingBench()
        let first = try #require(await bench.get("/health", [HTTPField.Name("X-Request-Id")!: id])[field: "X-Request-Id"])
        let second = await bench.get("/nothing")[field: "X-Request-Id"]
        #expect(first != id)
        #expect(UUID(uuidString: first) != nil)
        #expect(second != nil && second != first)
    }

    // MARK: Tokens

    /// printf %s letmein | sha256sum
    private let digest = "1c8bfe8f801d79745c4631d09fff36c82aa37fc4cce4fc946683d7b336b63032"

    private func guarded() throws -> RoutingBench {
        var settings = RoutingBench.Settings()
        let bytes = stride(from: 0, to: 64, by: 2).map { at in
            UInt8(digest.dropFirst(at).prefix(2), radix: 16) ?? 0
        }
        settings.access.auth = .tokens([[UInt8](repeating: 1, count: 32), bytes].map(AccessToken.init))
        return try RoutingBench(settings)
    }

    @Test(arguments: [nil, "", "Bearer", "Bearer wrong", "Basic letmein", "letmein", "Bearer letmein x", "Bearer LETMEIN"])
    func withoutAKnownTokenIs401WithAChallenge(_ value: String?) async throws {
        let bench = try guarded()
        var fields: HTTPFields = [:]
        fields[.authorization] = value
        for answer in [await bench.get("/v1/jobs", fields), await bench.post("{}", fields), await bench.get("/v1/models", fields)] {
            #expect(answer.status == 401)
            #expect(answer.isProblem)
            #expect(answer[field: "WWW-Authenticate"]?.hasPrefix("Bearer realm=\"phantom\"") == true)
        }
    }

    @Test(arguments: ["Bearer letmein", "bearer letmein", "BEARER  letmein"])
    func aKnownTokenIsLetIn(_ value: String) async throws {
        #expect(try await guarded().get("/v1/jobs", [.authorization: value]).status == 200)
    }

    @Test(arguments: ["/health", "/livez", "/readyz", "/v2/health/live", "/v2/health/ready", "/openapi.yaml"])
    func probesNeedNone(_ path: String) async throws { #expect(try await guarded().get(path).status == 200) }

    // MARK: Origins

    @Test func pagesOfOtherOriginsMayNotChangeAnything() async throws {
        let bench = try RoutingBench()
        let foreign = await bench.post("{}", [.origin: "https://evil.example"])
        #expect(foreign.status == 403)
        #expect(foreign.isProblem)
        #expect(foreign[field: "Access-Control-Allow-Origin"] == nil)
        #expect(await bench.post("{}", [.origin: "http://phantom.test"]).status == 202)
        #expect(await bench.post("{}", [.origin: "null"]).status == 403)
        #expect(await bench.get("/v1/jobs", [.origin: "https://evil.example"]).status == 200)
    }

    @Test func listedOriginsAreGrantedAndPreflighted() async throws {
        var settings = RoutingBench.Settings()
        settings.access.cors = ["https://friend.example"]
        let bench = try RoutingBench(settings)
        let answer = await bench.post("{}", [.origin: "https://friend.example"])
        #expect(answer.status == 202)
        #expect(answer[field: "Access-Control-Allow-Origin"] == "https://friend.example")
        #expect(answer[field: "Vary"] == "Origin")
        let preflight = await bench.send(
            .options, "/v1/generations", [.origin: "https://friend.example", .accessControlRequestMethod: "POST"])
        #expect(preflight.status == 204)
        #expect(preflight[field: "Access-Control-Allow-Methods"] == "POST, OPTIONS")
        #expect(preflight[field: "Access-Control-Allow-Headers"]?.contains("Content-Type") == true)
        let other = await bench.send(
            .options, "/v1/generations", [.origin: "https://evil.example", .accessControlRequestMethod: "POST"])
        #expect(other[field: "Access-Control-Allow-Methods"] == nil)
    }

    /// Every field that openapi.yaml names, of requests and of answers, but those that any page may send or read (Fetch
    /// Standard, section 3.2.3).
    @Test func listedOriginsMayUseEveryField() async throws {
        var settings = RoutingBench.Settings()
        settings.access.cors = ["https://friend.example"]
        let bench = try RoutingBench(settings), document = try OpenAPIDocument()
        func names(_ answer: Answer, _ field: String) -> Set<String> {
            Set((answer[field: field] ?? "").lowercased().split(separator: ", ").map(String.init))
        }
        let preflight = await bench.send(
            .options, "/v1/events", [.origin: "https://friend.example", .accessControlRequestMethod: "GET"])
        let sent = document.mappings().map(\.mapping).filter { $0["in"]?.string == "header" }
            .compactMap { $0["name"]?.string }
        #expect(sent.contains("Last-Event-ID") && sent.contains("If-Range"))
        let allowed = names(preflight, "Access-Control-Allow-Headers")
        for name in sent + ["Authorization", "Content-Type", "Traceparent"] {
            #expect(allowed.contains(name.lowercased()), "\(name)")
        }
        let told = document.mappings().filter { $0.path.hasSuffix("/headers") && $0.path != "/components/headers" }
            .flatMap { document.members(.mapping($0.mapping)).map(\.key) }
        #expect(told.contains("RateLimit") && told.contains("WWW-Authenticate"))
        let answer = await bench.get("/v1/jobs", [.origin: "https://friend.example"])
        let exposed = names(answer, "Access-Control-Expose-Headers")
        for name in Set(told).subtracting(["Cache-Control"]).union(["Content-Location", "X-Should-Retry"]) {
            #expect(exposed.contains(name.lowercased()), "\(name)")
        }
    }

    // MARK: Media types

    @Test(arguments: ["application/json", "Application/JSON; charset=utf-8", "application/json;charset=\"UTF-8\"", "application/json ; x=y"])
    func jsonIsTaken(_ type: String) async throws {
        #expect(try await RoutingBench().post("{}", [.contentType: type]).status == 202)
    }

    @Test(arguments: ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "json", "application/jsonp"])
    func anythingElseIs415(_ type: String) async throws {
        let answer = try await RoutingBench().post("{}", [.contentType: type])
        #expect(answer.status == 415)
        #expect(answer.isProblem)
    }

    @Test func aWholeTemplateIsNoParameterOfAnother() async throws {
        let bench = try RoutingBench()
        let answer = await bench.get("/v1/models/reload")
        #expect(answer.status == 405)
        #expect(answer[field: "Allow"] == "POST, OPTIONS")
        #expect(await bench.send(.post, "/v1/models/reload").status == 409)
    }
}
