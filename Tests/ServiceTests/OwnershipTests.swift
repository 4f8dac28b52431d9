import Foundation
import HTTPTypes
import Jobs
import Service
import Testing

/// Two tokens: neither sees, ends or gets the other's anything, by whatever route; a third of an administrator does.
@Suite struct OwnershipTests {
    private let ann = TestToken("ann"), bob = TestToken("bob"), root = TestToken("root", [.admin])

    /// What ann has: a job that has ended, one that runs, one that waits, one that is gone.
    private struct Possessions {
        let bench: RoutingBench
        let ended: String, running: String, waiting: String, gone: String

        var all: [String] { [ended, running, waiting, gone] }
    }

    private func possessions() async throws -> Possessions {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        settings.ask(for: [ann, bob, root])
        let bench = try RoutingBench(settings)
        bench.engine.open(4)
        let ended = try await bench.submit(#"{"steps":1,"count":2}"#, as: ann)
        _ = try await bench.end(of: ended, as: ann)
        let gone = try await bench.submit(#"{"steps":1}"#, as: ann)
        _ = await bench.send(.post, "/v1/jobs/\(gone)/cancel", ann.fields)
        #expect(await bench.send(.delete, "/v1/jobs/\(gone)", ann.fields).status == 204)
        let running = try await bench.submit(#"{"steps":50}"#, as: ann)
        let waiting = try await bench.submit(#"{"steps":50}"#, as: ann)
        return Possessions(bench: bench, ended: ended, running: running, waiting: waiting, gone: gone)
    }

    private func path(_ route: Route, _ id: String) -> String {
        route.template.text.replacing("{id}", with: id).replacing("{n}", with: "0").replacing("{name}", with: "chest")
            .replacing("{file}", with: "main.js")
    }

    @Test func noRouteTellsOfAnothersJobs() async throws {
        let his = try await possessions()
        let bench = his.bench
        var visited = 0
        for route in bench.router.routes where route.template.text.contains("{id}") {
            for id in his.all {
                let answer = await bench.send(route.method, path(route, id), bob.fields)
                #expect(answer.status == 404 && answer.isProblem, "\(route.method) \(route.template.text): \(answer.status)")
                #expect(answer.text.contains("There is no job \(id)"))
                visited += 1
            }
        }
        #expect(visited == 4 * bench.router.routes.count { $0.template.text.contains("{id}") } && visited >= 40)
        // As one that never was, but for its name.
        let unknown = await bench.get("/v1/jobs/018f3a4e-0000-7000-8000-000000000000", bob.fields)
        let others = await bench.get("/v1/jobs/\(his.gone)", bob.fields)
        #expect(unknown.text.replacing("018f3a4e-0000-7000-8000-000000000000", with: his.gone) == others.text)
        // Nothing came of it.
        #expect(await bench.get("/v1/jobs/\(his.ended)", ann.fields)["pinned"] == false)
        #expect(await bench.get("/v1/jobs/\(his.running)", ann.fields)["status"] != "cancelled")
        #expect(await bench.get("/v1/jobs/\(his.gone)", ann.fields).status == 410)
    }

    @Test func noListTellsOfAnothersJobs() async throws {
        let his = try await possessions()
        let bench = his.bench
        for route in bench.router.routes where !route.template.text.contains("{id}") && route.access != .admin {
            let isUpload = route.method == .post
            var fields = bob.fields
            if isUpload { fields[.contentType] = "application/json" }
            fields[HTTPField.Name("Idempotency-Key")!] = isUpload ? "ann's" : nil
            let answer = await bench.send(route.method, path(route, ""), fields, body: isUpload ? #"{"steps":3}"# : "")
            for id in his.all { #expect(!answer.text.contains(id), "\(route.method) \(route.template.text)") }
            #expect(answer.status != 404 && answer.status != 403)
            guard answer.stream != nil else { continue }
            let stream = EventListener(answer)
            try await until { stream.names == ["snapshot"] }
            #expect(stream.events[0].data["items"]?.array?.allSatisfy { $0["owner"] == "bob" } == true)
            stream.leave()
        }
        #expect(await bench.get("/v1/images", bob.fields)["items"]?.array?.isEmpty == true)
        let own = await bench.get("/v1/jobs", bob.fields)["items"]?.array ?? []
        #expect(own.count == 1 && own[0]["owner"] == "bob")
        #expect(await bench.get("/v1/jobs", ann.fields)["items"]?.array?.count == 3)
        let stream = EventListener(await bench.get("/v1/events", ann.fields))
        try await until { stream.names == ["snapshot"] }
        #expect(stream.events[0].data["items"]?.array?.compactMap { $0["id"]?.string }.sorted() == [his.running, his.waiting].sorted())
        stream.leave()
    }

    @Test func anAdministratorSeesEverything() async throws {
        let his = try await possessions()
        let bench = his.bench
        for route in bench.router.routes where route.template.text.contains("{id}") && route.method == .get {
            #expect(await bench.send(route.method, path(route, his.ended), root.fields).status == 200, "\(route.template.text)")
        }
        #expect(await bench.get("/v1/jobs", root.fields)["items"]?.array?.count == 3)
        #expect(await bench.get("/v1/images", root.fields)["items"]?.array?.count == 2)
        #expect(await bench.get("/v1/jobs/\(his.gone)", root.fields).status == 410)
        #expect(await bench.send(.post, "/v1/jobs/\(his.waiting)/cancel", root.fields)["status"] == "cancelled")
        #expect(await bench.send(.delete, "/v1/jobs/\(his.waiting)", root.fields).status == 204)
        let audit = try bench.board.audit(after: 0, limit: 100).map(\.event).filter { "\($0.job)" == his.waiting }
        #expect(audit.map(\.act.action) == [.submit, .cancel, .delete] && audit.map(\.act.who) == ["ann", "root", "root"])
        #expect(audit.allSatisfy { $0.owner == "ann" })
    }

    @Test func keysAreOfOneName() async throws {
        var settings = RoutingBench.Settings()
        settings.ask(for: [ann, bob])
        let bench = try RoutingBench(settings)
        func post(_ token: TestToken, _ body: String) async -> Answer {
            var fields = token.fields
            fields[HTTPField.Name("Idempotency-Key")!] = "same"
            return await bench.post(body, fields)
        }
        let first = await post(ann, #"{"steps":1}"#), other = await post(bob, #"{"steps":2}"#)
        #expect(first.status == 202 && other.status == 202 && first["id"] != other["id"])
        #expect(await post(ann, #"{"steps":1}"#)["id"] == first["id"])
        let conflict = await post(bob, #"{"steps":1}"#)
        #expect(conflict.status == 422 && conflict["job"]?.string?.contains(other["id"]?.string ?? "-") == true)
    }

    /// What others do is not told to who listens to all.
    @Test func streamsTellOfOnesOwnJobsOnly() async throws {
        var settings = RoutingBench.Settings()
        settings.ask(for: [ann, bob, root])
        let bench = try RoutingBench(settings)
        var streams: [EventListener] = []
        for token in [ann, bob, root] { streams.append(EventListener(await bench.get("/v1/events", token.fields))) }
        for stream in streams { try await until { stream.names == ["snapshot"] } }
        let hers = try await bench.submit(as: ann), his = try await bench.submit(as: bob)
        for stream in streams { try await until { stream.names.contains("done") } }
        try await until { streams[2].names.count { $0 == "done" } == 2 }
        func ids(_ stream: EventListener) -> Set<String> { Set(stream.events.compactMap { $0.data["id"]?.string }) }
        #expect(ids(streams[0]) == [hers] && ids(streams[1]) == [his] && ids(streams[2]) == [hers, his])
        // Their ids mean the same in each stream of all jobs that one may see.
        var fields = ann.fields
        fields[HTTPField.Name("Last-Event-ID")!] = try #require(streams[2].events.last { $0.id != nil }?.id)
        #expect(await bench.get("/v1/events", fields).status == 200)
        for stream in streams { stream.leave() }
    }
}
