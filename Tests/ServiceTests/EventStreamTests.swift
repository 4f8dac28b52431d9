import Foundation
import HTTPTypes
import JSON
import Jobs
import Locking
import Service
import Testing

/// Streams of events one by one: what is refused, what ends them, and who is shown previews.
@Suite struct EventStreamTests {
    private static let lastEvent = HTTPField.Name("Last-Event-ID")!

    @Test func anIdOfElsewhereIsRefused() async throws {
        let bench = try RoutingBench()
        let (one, other) = (try await bench.submit(), try await bench.submit())
        _ = try await bench.end(of: other)
        for (path, id) in [
            ("/v1/jobs/\(one)/events", "\(other).0"), ("/v1/jobs/\(one)/events", "all.0"), ("/v1/jobs/\(one)/events", "7"),
            ("/v1/events", "\(one).0"), ("/v1/events", "all.999"), ("/v1/jobs/\(one)/events", "\(one).999"), ("/v1/events", "all.x"),
        ] {
            let answer = await bench.get(path, [Self.lastEvent: id])
            #expect(answer.status == (id == "7" || id == "all.x" ? 400 : 422) && answer.isProblem, "\(path) \(id)")
            #expect(answer["errors"]?.array?.first?["pointer"] == "Last-Event-ID")
        }
        #expect(await bench.get("/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/events").status == 404)
        #expect(await bench.get("/v1/events?x=1").status == 400)
        #expect(await bench.send(.delete, "/v1/jobs/\(other)").status == 204)
        #expect(await bench.get("/v1/jobs/\(other)/events").status == 410)
    }

    @Test func noMoreStreamsThanTheConfigurationAllows() async throws {
        var settings = RoutingBench.Settings()
        settings.streams = .init(total: 3, perClient: 2)
        let bench = try RoutingBench(settings)
        let streams = [EventListener(await bench.get("/v1/events")), EventListener(await bench.get("/v1/events"))]
        let refused = await bench.get("/v1/events")
        #expect(refused.status == 429 && refused.isProblem)
        #expect(refused["type"] == "urn:phantom:problem:too-many-streams" && refused[field: "Retry-After"] == "10")
        streams[0].leave()
        #expect(await bench.get("/v1/events").status == 200)
        streams[1].leave()
    }

    @Test func aServiceThatStopsEndsItsStreams() async throws {
        let bench = try RoutingBench()
        let stream = EventListener(await bench.get("/v1/events"))
        try await until { stream.names == ["snapshot"] }
        bench.status.drain()
        bench.events.stop()
        try await until { stream.isOver }
        #expect(stream.text.hasSuffix("retry: 3000\n\n"))
        let refused = await bench.get("/v1/events")
        #expect(refused.status == 503 && refused[field: "Retry-After"] != nil)
    }

    @Test func previewsAreMadeOnlyForWhoListensAndAsked() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let asked = Lock<[JobID]>([])
        settings.previews = { id in
            let count = asked.withLock { asked in
                asked.append(id)
                return asked.count
            }
            return JobPreview(image: 0, step: count, width: 1, height: 1, png: [1, 2, 3])
        }
        let bench = try RoutingBench(settings)
        let plain = try await bench.submit(#"{"steps":2}"#)
        let wanted = try await bench.submit(#"{"steps":2,"previews":true}"#)
        let unheard = try await bench.submit(#"{"steps":2,"previews":true}"#)
        let streams = [EventListener(await bench.get("/v1/jobs/\(plain)/events")), EventListener(await bench.get("/v1/jobs/\(wanted)/events"))]
        try await until { streams[1].names.contains("preview") }
        bench.engine.open(1_000)
        _ = try await bench.end(of: unheard)
        try await until { streams.allSatisfy(\.isOver) }
        #expect(!streams[0].names.contains("preview"))
        let preview = try #require(streams[1].events.first { $0.name == "preview" })
        #expect(preview.data["url"] == "data:image/png;base64,AQID" && preview.id == nil)
        #expect(Set(asked.withLock { $0 }) == [try #require(JobID(wanted))])
    }
}
