import Foundation
import HTTPTypes
import JSON
import JobsSQLite
import Service
import TestSupport
import Testing

/// Streams of events over a store and a pool: what comes, and in which order.
@Suite struct EventRouteTests {
    private static let lastEvent = HTTPField.Name("Last-Event-ID")!

    @Test func aJobIsToldFromItsBeginningToItsEnd() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let id = try await bench.submit(#"{"steps":3,"count":3}"#)
        let stream = EventListener(await bench.get("/v1/jobs/\(id)/events"))
        #expect(stream.status == 200 && stream.type == "text/event-stream")
        try await until { stream.events.count >= 1 }
        bench.engine.open(3)
        try await until { stream.names.contains("progress") }
        bench.engine.open(1_000)
        try await until { stream.isOver }
        #expect(stream.names.first == "snapshot" && stream.names.last == "done")
        #expect(stream.events.first?.data["status"] == "queued" || stream.events.first?.data["status"] == "running")
        let images = stream.events.filter { $0.name == "image" }
        #expect(images.compactMap { $0.data["image"]?["index"]?.number?.int }.sorted() == [0, 1, 2])
        #expect(images.allSatisfy { $0.id?.hasPrefix("\(id).") == true })
        #expect(stream.events.last?.data["status"] == "succeeded")
        #expect(stream.events.last?.data["images"]?.array?.count == 3)
        #expect(stream.events.filter { $0.name == "progress" }.allSatisfy { $0.id == nil && $0.data["id"] == .string(id) })

        // Whoever was there to the end is not told again; who missed something is told that, and no more.
        let last = try #require(stream.events.last?.id)
        #expect(await bench.get("/v1/jobs/\(id)/events", [Self.lastEvent: last]).status == 204)
        let first = try #require(images.first?.id)
        let resumed = EventListener(await bench.get("/v1/jobs/\(id)/events", [Self.lastEvent: first]))
        try await until { resumed.isOver }
        #expect(resumed.names == ["snapshot", "image", "image", "done"])
        #expect(resumed.events.last?.id == last)
        let late = EventListener(await bench.get("/v1/jobs/\(id)/events"))
        try await until { late.isOver }
        #expect(late.names == ["snapshot", "done"])
    }

    /// The ids mean the same to another process.
    @Test func aStreamGoesOnAfterARestartWithoutAHole() async throws {
        let folder = try TemporaryFolder()
        var settings = RoutingBench.Settings()
        settings.isGated = true
        settings.store = try SQLiteJobStore(path: "\(folder.path)/jobs.store")
        var known: [String] = []
        var id = "", last = ""
        do {
            let bench = try RoutingBench(settings)
            id = try await bench.submit(#"{"steps":1,"count":6}"#)
            let stream = EventListener(await bench.get("/v1/jobs/\(id)/events"))
            bench.engine.open(1)
            try await until { stream.names.contains("image") }
            stream.leave()
            known = stream.events.filter { $0.name == "image" }.compactMap { $0.data["image"]?["url"]?.string }
            last = try #require(stream.events.last { $0.id != nil }?.id)
            let early = await bench.get(known[0])
            #expect(early.status == 200 && early[field: "Content-Type"] == "image/png", "while the job runs")
            #expect(await bench.get("/v1/jobs/\(id)")["status"] == "running")
        }
        try settings.store?.close()
        settings.store = nil
        settings.store = try SQLiteJobStore(path: "\(folder.path)/jobs.store")
        settings.isGated = false
        let bench = try RoutingBench(settings)
        let stream = EventListener(await bench.get("/v1/jobs/\(id)/events", [Self.lastEvent: last]))
        try await until { stream.isOver }
        known += stream.events.filter { $0.name == "image" }.compactMap { $0.data["image"]?["url"]?.string }
        #expect(known.sorted() == (0..<6).map { "/v1/jobs/\(id)/images/\($0)" }, "each once")
        #expect(stream.names.last == "done")
    }

    @Test func allJobsAreTold() async throws {
        let bench = try RoutingBench()
        let before = try await bench.submit()
        _ = try await bench.end(of: before)
        let stream = EventListener(await bench.get("/v1/events"))
        try await until { stream.names == ["snapshot"] }
        #expect(stream.events[0].data["items"] == [])
        let id = try await bench.submit(#"{"steps":1}"#)
        try await until { stream.names.contains("done") }
        #expect(stream.events.filter { $0.name != "progress" }.map(\.name) == ["snapshot", "image", "done"])
        #expect(stream.events.last?.data["id"] == .string(id))
        stream.leave()
        // From before the first job's end everything comes again.
        let again = EventListener(await bench.get("/v1/events", [Self.lastEvent: "all.0"]))
        try await until { again.names.count { $0 == "done" } == 2 }
        #expect(again.events.filter { $0.name == "done" }.map { $0.data["id"] } == [.string(before), .string(id)])
    }

    /// Fewer than asked for can be told where one cannot be read; what comes after it is told all the same.
    @Test(arguments: ["UPDATE jobs SET status = 'paused'", "UPDATE jobs SET id = 'x'"])
    func aDamagedJobLeavesNoHole(_ damage: String) async throws {
        let store = try SQLiteJobStore(inMemory: .init())
        var settings = RoutingBench.Settings()
        settings.store = store
        let bench = try RoutingBench(settings)
        var ids: [String] = []
        for _ in 0..<40 { ids.append(try await bench.submit(#"{"steps":1}"#)) }
        for id in ids { _ = try await bench.end(of: id) }
        _ = try store.inspect("PRAGMA ignore_check_constraints = 1")
        _ = try store.inspect("DROP TRIGGER terminal_is_final")
        _ = try store.inspect("\(damage) WHERE id = '\(ids[2])'")
        let stream = EventListener(await bench.get("/v1/events", [Self.lastEvent: "all.0"]))
        try await until { stream.names.count { $0 == "done" } >= 39 }
        let told = stream.events.filter { $0.name == "done" }.compactMap { $0.data["id"]?.string }
        #expect(Set(told) == Set(ids).subtracting([ids[2]]) && told.count == 39, "each once")
        // And what comes now.
        let next = try await bench.submit(#"{"steps":1}"#)
        try await until { stream.events.last { $0.name == "done" }?.data["id"] == .string(next) }
        stream.leave()
    }

    @Test func aCancelledJobsEndIsTold() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let id = try await bench.submit()
        let stream = EventListener(await bench.get("/v1/jobs/\(id)/events"))
        try await until { stream.names.contains("snapshot") }
        #expect(await bench.send(.post, "/v1/jobs/\(id)/cancel").status == 200)
        try await until { stream.isOver }
        #expect(stream.names.last == "done" && stream.events.last?.data["status"] == "cancelled")
    }
}
