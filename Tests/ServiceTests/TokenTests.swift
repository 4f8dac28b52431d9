import HTTPTypes
import JSON
import Jobs
import JobsSQLite
import Service
import Testing

/// What tokens allow: scopes by route, and quotas.
@Suite struct TokenTests {
    /// Who may use each route, told here once more: a new route has to say whom it is for.
    private static let readers = [
        "GET /v1/jobs", "GET /v1/jobs/{id}", "GET /v1/jobs/{id}/images/{n}", "GET /v1/jobs/{id}/images/{n}.json", "GET /v1/jobs/{id}/images/{n}.dcm",
        "GET /v1/jobs/{id}/deviation", "GET /v1/jobs/{id}/events", "GET /v1/jobs/{id}/archive", "GET /v1/events", "GET /v1/images", "GET /v1/models",
        "GET /v1/models/{name}", "GET /v1/workers", "GET /v2", "GET /v2/models/{name}", "GET /v2/models/{name}/ready", "GET /metrics",
    ]
    private static let submitters = [
        "POST /v1/generations", "POST /v1/inpaintings", "POST /v1/super-resolutions", "POST /v1/verifications", "POST /v1/images/generations",
        "POST /v1/images/edits",
    ]
    private static let managers = ["DELETE /v1/jobs/{id}", "POST /v1/jobs/{id}/cancel", "POST /v1/jobs/{id}/pin", "DELETE /v1/jobs/{id}/pin"]

    private static let administrators = ["POST /v1/models/reload"]

    @Test func everyRouteAsksForItsScope() async throws {
        var settings = RoutingBench.Settings()
        let tokens = TokenScope.allCases.map { TestToken($0.rawValue, [$0]) }
        settings.ask(for: tokens)
        let bench = try RoutingBench(settings)
        for route in bench.router.routes where route.access != .open {
            let line = "\(route.method.rawValue) \(route.template.text)"
            let lists = [
                (Self.readers, ["read", "admin"]), (Self.submitters, ["submit"]), (Self.managers, ["submit", "admin"]),
                (Self.administrators, ["admin"]),
            ]
            let allowed = try #require(lists.first { $0.0.contains(line) }?.1, "\(line) is in none of these lists")
            let path = route.template.text.replacing("{id}", with: "018f3a4e-0000-7000-8000-000000000000").replacing("{n}", with: "0")
                .replacing("{name}", with: "none")
            for token in tokens {
                let answer = await bench.send(route.method, path, token.fields)
                #expect((answer.status != 403) == allowed.contains(token.name), "\(line) with \(token.name): \(answer.status)")
                guard answer.status == 403 else { continue }
                #expect((answer.isProblem || line.contains("/images/")) && answer.text.contains("scope \(allowed[0])"))
                #expect(answer[field: "WWW-Authenticate"]?.contains("error=\"insufficient_scope\", scope=\"\(allowed[0])\"") == true)
            }
            #expect(await bench.send(route.method, path).status == 401)
        }
        let open = Set(bench.router.routes.filter { $0.access == .open }.map(\.template.text))
        #expect(open == ["/health", "/livez", "/readyz", "/v2/health/live", "/v2/health/ready", "/", "/page/{file}", "/openapi.yaml"])
    }

    // MARK: Quotas

    private func bench(_ quota: JobQuota, isGated: Bool = false) throws -> (RoutingBench, TestToken) {
        var settings = RoutingBench.Settings()
        let token = TestToken("ann", quota: quota)
        settings.ask(for: [token, TestToken("bob")])
        settings.isGated = isGated
        // Time that passes would give back what was taken.
        var store = SQLiteJobStore.Configuration()
        store.clock = { Timestamp(milliseconds: 1_700_000_000_000) }
        settings.store = try SQLiteJobStore(inMemory: store)
        return (try RoutingBench(settings), token)
    }

    @Test func limitsAreTold() async throws {
        let (bench, ann) = try bench(JobQuota(jobsPerMinute: 2, queued: 9, imagesPerDay: 10, stepsPerDay: 100))
        let first = await bench.post(#"{"steps":5,"count":3}"#, ann.fields)
        #expect(first.status == 202)
        #expect(
            first[field: "RateLimit-Policy"]
                == #""jobs";q=2;w=60, "queued";q=9;qu="concurrent-requests", "images";q=10;phantom-unit="images";w=86400, "steps";q=100;phantom-unit="steps";w=86400"#)
        let left = try #require(first[field: "RateLimit"])
        #expect(left == #""jobs";r=1;t=30, "queued";r=8, "images";r=7;t=6400, "steps";r=85;t=6400"#)
        #expect(await bench.post(#"{"steps":5}"#, ann.fields).status == 202)
        let refused = await bench.post(#"{"steps":5}"#, ann.fields)
        #expect(refused.status == 429 && refused.isProblem && refused["type"] == "urn:phantom:problem:quota-exceeded")
        #expect(refused[field: "Retry-After"] == "30")
        // No earlier than more is left.
        #expect(refused[field: "RateLimit"]?.hasPrefix(#""jobs";r=0;t=30, "#) == true)
        for answer in [first, refused] { try expectLists(answer) }
        #expect(refused["detail"]?.string?.contains("2 jobs a minute") == true)
        let other = await bench.post(#"{"steps":5}"#, TestToken("bob").fields)
        #expect(other.status == 202 && other[field: "RateLimit"] == nil)
    }

    /// Both fields against draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4: lists of strings with parameters by
    /// the grammar of RFC 9651, whose integers have up to 15 digits.
    private func expectLists(_ answer: Answer) throws {
        let known: [String: Regex<Substring>] = [
            "q": /[0-9]{1,15}/, "w": /[1-9][0-9]{0,14}/, "qu": /"requests"|"content-bytes"|"concurrent-requests"/, "r": /[0-9]{1,15}/,
            "t": /[0-9]{1,15}/, "phantom-unit": /"[a-z]+"/,
        ]
        let needed = ["RateLimit-Policy": "q", "RateLimit": "r"]
        var names: [[Substring]] = []
        for (field, first) in needed {
            let items = try #require(answer[field: field]).split(separator: ", ").map { $0.split(separator: ";") }
            names.append(items.map { $0[0] })
            for item in items {
                #expect(item[0].wholeMatch(of: /"[ !#-\[\]-~]*"/) != nil)
                let parameters = item.dropFirst().map { $0.split(separator: "=", maxSplits: 1) }
                #expect(parameters.first?[0] == first[...] && Set(parameters.map { $0[0] }).count == parameters.count)
                for parameter in parameters {
                    #expect(try known[String(parameter[0])]?.wholeMatch(in: parameter[1]) != nil, "\(parameter)")
                }
            }
        }
        #expect(names[0] == names[1])
    }

    @Test func whatNeverFitsIsNamed() async throws {
        let (bench, ann) = try bench(JobQuota(imagesPerDay: 2, stepsPerDay: 10))
        let images = await bench.post(#"{"steps":1,"count":3}"#, ann.fields)
        #expect(images.status == 422 && images.isProblem && images[field: "Retry-After"] == nil)
        #expect(images["errors"]?.array?.first?["pointer"] == "#/count")
        #expect(images["errors"]?.array?.first?["detail"]?.string?.contains("at most 2 images a day") == true)
        let steps = await bench.post(#"{"steps":6,"count":2}"#, ann.fields)
        #expect(steps.status == 422 && steps["errors"]?.array?.first?["pointer"] == "#/steps")
        #expect(await bench.post(#"{"steps":5,"count":2}"#, ann.fields).status == 202)
        let later = await bench.post(#"{"steps":1}"#, ann.fields)
        #expect(later.status == 429 && (later[field: "Retry-After"].flatMap { Int($0) } ?? 0) >= 1)
    }

    /// Also of one who has none left of another limit, which time would give back.
    @Test func whatNeverFitsIsNotToldToWait() async throws {
        let (bench, ann) = try bench(JobQuota(jobsPerMinute: 1, imagesPerDay: 2))
        #expect(await bench.post(#"{"steps":1,"count":2}"#, ann.fields).status == 202)
        let never = await bench.post(#"{"steps":1,"count":3}"#, ann.fields)
        #expect(never.status == 422 && never[field: "Retry-After"] == nil, "\(never.text)")
        let tomorrow = await bench.post(#"{"steps":1}"#, ann.fields)
        #expect(tomorrow.status == 429 && tomorrow[field: "Retry-After"] == "6400", "\(tomorrow.text)")
    }

    @Test func whoHasEnoughInTheQueueWaits() async throws {
        let (bench, ann) = try bench(JobQuota(queued: 1), isGated: true)
        let running = try await bench.submit(#"{"steps":1}"#, as: ann)
        try await until { await bench.get("/v1/jobs/\(running)", ann.fields)["status"] == "running" }
        #expect(await bench.post(#"{"steps":1}"#, ann.fields).status == 202)
        let refused = await bench.post(#"{"steps":1}"#, ann.fields)
        #expect(refused.status == 429 && (refused[field: "Retry-After"].flatMap { Int($0) } ?? 0) >= 1)
        #expect(refused["detail"]?.string?.contains("1 jobs in the queue") == true)
        bench.engine.open(1)
        try await until { await bench.post(#"{"steps":1}"#, ann.fields).status == 202 }
    }
}
