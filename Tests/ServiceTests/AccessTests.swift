import HTTP
import HTTPTypes
import Service
import Testing

/// Who may ask, and under which names: every route, as a browser would send the request.
@Suite struct AccessTests {
    private static let host = HTTPField.Name("Host")!
    private static let site = HTTPField.Name("Sec-Fetch-Site")!

    /// Each route of the table, the methods that every path has, and paths that are none.
    private static func requests(_ bench: RoutingBench, job: String) -> [(HTTPRequest.Method, String)] {
        let routes = bench.router.routes.map { route in
            (route.method, route.template.text.replacing("{id}", with: job).replacing("{n}", with: "0").replacing("{name}", with: "chest"))
        }
        let others = Set(routes.map(\.1)).sorted().flatMap { path in [HTTPRequest.Method.options, .head, .put].map { ($0, path) } }
        return routes + others + [(.get, "/"), (.get, "/nothing"), (.options, "/nothing")]
    }

    private static func body(of path: String) -> (fields: HTTPFields, body: String) {
        path.contains("verifications") || path.contains("inpaintings") || path.contains("super")
            ? ([.contentType: "application/json"], #"{"image":""}"#) : ([.contentType: "application/json"], "{}")
    }

    /// A page whose own name points here is no other origin to its browser: it reads, and it sends what it likes. With
    /// fields of proxies, too, which no browser keeps it from writing.
    @Test(arguments: [
        ["Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"],
        ["Host": "evil.example:8080", "Origin": "http://evil.example:8080"],
        ["Host": "localhost.evil.example"], ["Host": "127.0.0.1.evil.example"], ["Host": "10.0.0.1"], ["Host": "[fe80::1]"],
        ["Host": "evil.example", "X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"],
    ])
    func everyRouteRefusesAReboundName(_ written: [String: String]) async throws {
        let bench = try RoutingBench()
        let job = try await bench.submit()
        _ = try await bench.end(of: job)
        for (method, path) in Self.requests(bench, job: job) {
            var (fields, body) = Self.body(of: path)
            for (name, value) in written { fields[HTTPField.Name(name)!] = value }
            let answer = await bench.send(method, path, fields, body: body)
            #expect(answer.status == 403 && answer.isProblem, "\(method) \(path): \(answer.status)")
            #expect(answer[field: "Access-Control-Allow-Origin"] == nil)
        }
        let jobs = await bench.get("/v1/jobs")["items"]?.array
        #expect(jobs?.count == 1 && jobs?.first?["status"] == "succeeded", "nothing came of it")
    }

    @Test(arguments: ["localhost", "LocalHost:9999", "localhost.", "127.0.0.1", "127.1.2.3:80", "[::1]", "[0:0:0:0:0:0:0:1]:8080", "[::ffff:127.0.0.1]"])
    func everyRouteAnswersToLoopbackNames(_ host: String) async throws {
        let bench = try RoutingBench()
        let job = try await bench.submit()
        _ = try await bench.end(of: job)
        for (method, path) in Self.requests(bench, job: job) {
            var (fields, body) = Self.body(of: path)
            fields[Self.host] = host
            fields[.origin] = "http://\(host)"
            fields[Self.site] = "same-origin"
            #expect(await bench.send(method, path, fields, body: body).status != 403, "\(method) \(path)")
        }
    }

    /// A page of another origin that a browser lets send what a form could: text, without asking first.
    @Test func noRouteLetsAnotherOriginChangeAnything() async throws {
        let bench = try RoutingBench()
        let job = try await bench.submit()
        _ = try await bench.end(of: job)
        for route in bench.router.routes where route.method != .get {
            let path = route.template.text.replacing("{id}", with: job)
            for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"] {
                for origin in ["https://evil.example", "null", "http://localhost:3000"] {
                    let fields: HTTPFields = [Self.host: "localhost:8080", .origin: origin, .contentType: type, Self.site: "cross-site"]
                    #expect(await bench.send(route.method, path, fields, body: "{}").status == 403, "\(route.method) \(path) \(type) \(origin)")
                }
            }
        }
        #expect(await bench.get("/v1/jobs")["items"]?.array?.count == 1)
    }

    private func status(_ configuration: Configuration, _ fields: HTTPFields, peer: PeerAddress = .unknown) async throws -> Int {
        var settings = RoutingBench.Settings()
        settings.access = configuration
        return await (try RoutingBench(settings)).send(.post, "/v1/generations", fields, bytes: Array("{}".utf8), peer: peer).status
    }

    private let json: HTTPFields = [.contentType: "application/json"]

    @Test func listedNamesAndTheOwnAddressAreAnsweredTo() async throws {
        var configuration = Configuration()
        configuration.hosts = ["Phantom.Example", "10.1.2.3", "fd00::7"]
        for host in ["phantom.example", "PHANTOM.example.:443", "10.1.2.3:80", "[fd00:0::7]"] {
            #expect(try await status(configuration, json.with(Self.host, host)) == 202, "\(host)")
        }
        for host in ["example", "a.phantom.example", "10.1.2.4", "[fd00::8]"] {
            #expect(try await status(configuration, json.with(Self.host, host)) == 403, "\(host)")
        }
        configuration = Configuration()
        configuration.host = "::1"
        #expect(try await status(configuration, json.with(Self.host, "[::1]:8080")) == 202)
    }

    @Test func whoSaysWhoMayAskIsAskedUnderAnyName() async throws {
        for auth in [Configuration.Auth.none, .tokens([AccessToken(digest: [UInt8](repeating: 1, count: 32))])] {
            var configuration = Configuration()
            configuration.auth = auth
            // The bench lists a name of its own, and a list that is there holds.
            #expect(try await status(configuration, json.with(Self.host, "any.example")) == 403)
            #expect(HostList(configuration).answers(to: "any.example"))
        }
        #expect(!HostList(Configuration()).answers(to: "any.example"))
    }

    // MARK: Proxies

    private func behindProxy() -> Configuration {
        var configuration = Configuration()
        configuration.hosts = ["phantom.example"]
        configuration.proxies = [NetworkRange("10.0.0.0/8")!, NetworkRange("::1")!]
        return configuration
    }

    private let proxy = PeerAddress(host: .ipv4(0x0A01_0203), port: 4000)
    private let stranger = PeerAddress(host: .ipv4(0xC0A8_0001), port: 4000)

    /// nginx with its defaults asks for the address that it passes to; the page's own origin is in what the proxy adds.
    @Test(arguments: [
        ["X-Forwarded-Host": "phantom.example", "X-Forwarded-Proto": "https"],
        ["Forwarded": #"for=192.0.2.1;host="phantom.example";proto=https, for=10.0.0.1"#], ["X-Forwarded-Host": "phantom.example"],
    ])
    func aProxySaysWhatTheClientAskedFor(_ written: [String: String]) async throws {
        var fields = json.with(Self.host, "127.0.0.1:8080").with(.origin, "https://phantom.example")
        for (name, value) in written { fields[HTTPField.Name(name)!] = value }
        #expect(try await status(behindProxy(), fields, peer: proxy) == 202)
        #expect(try await status(behindProxy(), fields, peer: stranger) == 403, "anybody can write these fields")
        #expect(try await status(Configuration(), fields, peer: proxy) == 403)
    }

    @Test(arguments: [
        ["X-Forwarded-Host": "evil.example"], ["X-Forwarded-Host": "phantom.example, evil.example"], ["Forwarded": "host=evil.example"],
        ["Forwarded": "host=phantom.example, host=\"evil.example:80\""], ["X-Forwarded-Host": "not a host"],
    ])
    func aReboundNameIsRefusedBehindAProxyToo(_ written: [String: String]) async throws {
        var fields = json.with(Self.host, "127.0.0.1:8080")
        for (name, value) in written { fields[HTTPField.Name(name)!] = value }
        #expect(try await status(behindProxy(), fields, peer: proxy) == 403)
        #expect(try await status(behindProxy(), fields, peer: stranger) == 202, "what a stranger writes there is not read")
    }

    @Test func theSchemeOfAProxyIsTheOrigins() async throws {
        let fields = json.with(Self.host, "phantom.example").with(.origin, "http://phantom.example")
        let forwarded = HTTPField.Name("X-Forwarded-Proto")!
        #expect(try await status(behindProxy(), fields.with(forwarded, "https"), peer: proxy) == 403)
        #expect(try await status(behindProxy(), fields.with(forwarded, "http"), peer: proxy) == 202)
    }
}

extension HTTPFields {
    fileprivate func with(_ name: HTTPField.Name, _ value: String) -> HTTPFields {
        var copy = self
        copy[name] = value
        return copy
    }
}
