import Foundation
import HTTP
import HTTPTypes
import JSON
import Jobs
import JobsSQLite
import Service
import Testing

/// `If-None-Match` and `If-Match` of jobs.
@Suite struct JobConditionTests {
    @Test func anUnchangedJobIs304() async throws {
        let bench = try RoutingBench()
        let ended = try await bench.end(of: bench.submit())
        let path = try #require(ended["urls"]?["self"]?.string)
        let tag = try #require(ended[field: "ETag"])
        #expect(tag.hasPrefix("\"") && tag.hasSuffix("\""), "strong")
        for value in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
            #expect(await bench.get(path, [.ifNoneMatch: value]).status == 304, "\(value)")
        }
        for value in ["\"x\"", "", "x", tag.replacingOccurrences(of: "\"", with: "")] {
            #expect(await bench.get(path, [.ifNoneMatch: value]).status == 200, "\(value)")
        }
    }

    /// What is to be done to a job that has become another meanwhile is not done.
    @Test func aJobThatIsAnotherByNowIsLeftAlone() async throws {
        let bench = try RoutingBench()
        let ended = try await bench.end(of: bench.submit())
        let path = try #require(ended["urls"]?["self"]?.string)
        let tag = try #require(ended[field: "ETag"])
        for value in ["\"x\"", "W/\(tag)", "\"x\", W/\(tag)", "", "x", tag.replacing("\"", with: ""), "\"\(tag.dropFirst().prefix(4))\""] {
            for (method, place) in [(HTTPRequest.Method.delete, path), (.post, path + "/cancel"), (.post, path + "/pin"), (.delete, path + "/pin")] {
                let answer = await bench.send(method, place, [.ifMatch: value])
                #expect(answer.status == 412 && answer.isProblem, "\(method) \(place) \(value)")
                #expect(answer["type"] == "urn:phantom:problem:precondition-failed")
            }
        }
        #expect(await bench.get(path)[field: "ETag"] == tag, "nothing was done")
        #expect(await bench.send(.post, path + "/cancel", [.ifMatch: "*"]).status == 200)
        let pinned = try #require(await bench.send(.post, path + "/pin", [.ifMatch: "\"x\", \(tag)"])[field: "ETag"])
        #expect(await bench.send(.delete, path, [.ifMatch: tag]).status == 412, "it is pinned by now")
        #expect(await bench.send(.delete, path, [.ifMatch: pinned]).status == 204)
        #expect(await bench.send(.delete, path, [.ifMatch: pinned]).status == 410)
        #expect(await bench.send(.delete, "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057", [.ifMatch: "*"]).status == 404)
    }

    /// What cannot be done to a job is refused for that; and the estimate in a tag is nothing that the job is.
    @Test func aTagOfAJobThatRunsHoldsWhateverItsEstimate() async throws {
        let bench = try RoutingBench.gated()
        let running = try await bench.submit(), id = try await bench.submit()
        try await until { await bench.get("/v1/jobs/\(running)")["status"] == "running" }
        #expect(await bench.send(.delete, "/v1/jobs/\(id)", [.ifMatch: "\"x\""]).status == 409)
        let tag = try #require(await bench.get("/v1/jobs/\(id)")[field: "ETag"])
        let point = try #require(tag.lastIndex(of: "."))
        let other = String(tag[...point]) + "4711\""
        #expect(await bench.send(.post, "/v1/jobs/\(id)/cancel", [.ifMatch: "\"x\""]).status == 412)
        #expect(await bench.send(.post, "/v1/jobs/\(id)/cancel", [.ifMatch: other])["status"] == "cancelled")
    }

    /// Between the look at a job and what is done to it somebody else may change it.
    @Test func aChangeAtTheLastMomentIsNotLost() async throws {
        let inner = try SQLiteJobStore(inMemory: .init()), store = FailingStore(inner)
        var settings = RoutingBench.Settings()
        settings.store = store
        let bench = try RoutingBench(settings)
        for (method, place) in [(HTTPRequest.Method.delete, ""), (.post, "/pin"), (.delete, "/pin"), (.post, "/cancel")] {
            let ended = try await bench.end(of: bench.submit()), path = "/v1/jobs/\(try #require(ended["id"]?.string))"
            let id = try #require(ended["id"]?.string.flatMap { JobID($0) }), isUnpinned = place == "/pin" && method == .delete
            if isUnpinned { _ = try inner.pin(id, true) }
            let tag = try #require(await bench.get(path)[field: "ETag"])
            store.afterLook.withLock { hook in
                // Twice: the job looks as it did, and is another version.
                hook = { for _ in 0..<2 { _ = try? inner.pin(id, !(inner.job(id).isPinned)) } }
            }
            let answer = await bench.send(method, path + place, [.ifMatch: tag])
            // What has ended cannot be cancelled, and nothing is done to it.
            #expect(answer.status == (place == "/cancel" ? 200 : 412), "\(method) \(place)")
            #expect(try inner.job(id).isPinned == isUnpinned)
            let now = try #require(await bench.get(path)[field: "ETag"])
            #expect(await bench.send(method, path + place, [.ifMatch: now]).status == (place.isEmpty ? 204 : 200))
        }
    }

    /// A save of a running job changes nothing for those who ask, and is no reason to refuse them.
    @Test func aSaveAtTheLastMomentIsNoChange() async throws {
        let inner = try SQLiteJobStore(inMemory: .init()), store = FailingStore(inner)
        var settings = RoutingBench.Settings()
        (settings.store, settings.isGated) = (store, true)
        let bench = try RoutingBench(settings), path = "/v1/jobs/\(try await bench.submit())"
        try await until { await bench.get(path)["status"] == "running" }
        let tag = try #require(await bench.get(path)[field: "ETag"])
        store.afterLook.withLock { hook in
            hook = { _ = try? inner.inspect("UPDATE jobs SET version = version + (1 << 32)") }
        }
        let answer = await bench.send(.post, path + "/cancel", [.ifMatch: tag])
        #expect(answer.status == 200 && answer["status"] == "cancelled")
    }
}
