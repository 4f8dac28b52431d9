import Dispatch
import Foundation
import HTTP
import JSON
import Service
import TestSupport
import Testing
import Wire

/// A stop ends, whatever a lane, the store, a client, a worker or the reader of the log does; and its exit status says
/// whether all was written. The bounds here are wide: what hangs, hangs for ever.
@Suite struct StopEndsTests {
    /// Long enough to write what there is to write, on however busy a machine.
    private static let drain = 4.0
    /// Nothing that a stop waits for may take so long, on however busy a machine.
    private static let bound = Patience.seconds

    /// The service with something that hangs, on a store of its own.
    private final class Stuck: Sendable {
        let service: ServingProcess
        private let checkpoint: SmallCheckpoint
        private let folder: TemporaryFolder

        init(_ what: String) throws {
            checkpoint = try SmallCheckpoint()
            folder = try TemporaryFolder()
            service = try ServingProcess(
                model: checkpoint.path, database: "\(folder.path)/jobs.sqlite",
                settings: ["timeouts": ["drain": .double(StopEndsTests.drain)]], probing: what)
        }

        func post(_ body: String) throws -> String? { try service.post(body).job["id"]?.string }

        /// The exit status; nil if it does not end.
        func stop() -> Int32? {
            service.child.signal(SIGTERM)
            return service.child.exitStatus(within: StopEndsTests.bound)
        }

        /// Sends a request and leaves it there.
        func ask(_ text: String, receiveBuffer: Int32? = nil) throws -> WireClient {
            let client = try WireClient(port: UInt16(service.port), receiveBuffer: receiveBuffer)
            try client.send(text)
            return client
        }
    }

    private static let lanes = Mirror(reflecting: Lanes()).children.compactMap(\.label)

    @Test func thereAreLanesToBlock() { #expect(Set(Self.lanes).isSuperset(of: ["reading", "writing"])) }

    @Test(arguments: lanes)
    func aBlockedLaneDoesNotHoldIt(_ lane: String) async throws {
        let status = try await onOwnThread {
            let stuck = try Stuck("lane:\(lane)")
            // Requests that wait for each lane; nobody ever answers those on the blocked one.
            let clients = try ["GET /v1/jobs", "POST /v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/cancel"].map {
                try stuck.ask("\($0) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            }
            return withExtendedLifetime(clients) { stuck.stop() }
        }
        #expect(status == 0, "all that was accepted is written")
    }

    /// With a job that runs, so that there is something to write.
    @Test(arguments: [
        ("insert", 0), ("job", 0), ("jobs", 0), ("counts", 0), ("checkWritable", 0), ("outstandingWork", 0), ("lease", 1), ("save", 1), ("release", 1),
        ("close", 1),
    ] as [(String, Int32)])
    func aStoreThatHangsDoesNotHoldIt(_ method: String, _ status: Int32) async throws {
        let ended = try await onOwnThread {
            let stuck = try Stuck("store:\(method)")
            let body = #"{"steps":1000,"count":4,"sampler":"ddpm"}"#
            let head = "POST /v1/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            let client = try stuck.ask("\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
            if ["save", "release", "close"].contains(method) {
                let accepted = String(decoding: try client.read(), as: UTF8.self)
                let id = try #require(accepted.firstMatch(of: /"id":"([^"]*)"/)?.output.1)
                _ = try stuck.service.wait(for: String(id)) { $0["status"] == "running" }
            }
            return withExtendedLifetime(client) { stuck.stop() }
        }
        #expect(ended == status)
    }

    /// Before anything was accepted, but with the signals watched.
    @Test func aStartThatHangsDoesNotHoldIt() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let config = "\(folder.path)/config.json"
        try SmallCheckpoint.write(
            [
                "database": .string("sqlite:\(folder.path)/jobs.sqlite"), "port": 0, "models": [["path": .string(checkpoint.path)]],
                "timeouts": ["drain": .double(Self.drain)], "log": ["level": "info", "format": "json"],
            ], to: config)
        let child = try ChildProcess(ChildProcess.sibling("ServiceStopProbe"), ["store:recover", config])
        #expect(child.hasLogged("model loaded"))
        child.signal(SIGTERM)
        #expect(child.exitStatus(within: Self.bound) == 1)
        #expect(child.standardError.contains("the stop takes longer than it may"))
    }

    @Test(arguments: [
        "", "GET / HTTP/1.1\r\nHost: a\r\n", "POST /v1/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
        "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\nGET",
    ])
    func aClientThatDoesNotFinishDoesNotHoldIt(_ part: String) async throws {
        let status = try await onOwnThread {
            let stuck = try Stuck("nothing")
            let client = try stuck.ask(part)
            if part.hasSuffix("GET") { _ = try client.read() }
            return withExtendedLifetime(client) { stuck.stop() }
        }
        #expect(status == 0)
    }

    /// More answers than the system takes off the service's hands (some megabytes on loopback).
    @Test func aClientThatDoesNotReadDoesNotHoldIt() throws {
        let stuck = try Stuck("nothing")
        let request = "GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n"
        let client = try stuck.ask(String(repeating: request, count: 200), receiveBuffer: 4096)
        _ = try client.read(upTo: 16)
        #expect(stuck.stop() == 0)
        withExtendedLifetime(client) {}
    }

    /// One step of such a size lasts longer than the drain, with attention at every pixel: it is left, and made again.
    @Test func aWorkerInALongStepDoesNotHoldIt() throws {
        let stuck = try Stuck("nothing")
        let id = try #require(try stuck.post(#"{"steps":50,"width":256,"height":256,"sampler":"ddim"}"#))
        _ = try stuck.service.wait(for: id) { $0["status"] == "running" }
        #expect(stuck.stop() == 0)
    }

    /// Every line of the log waits for a reader who does not read.
    @Test func aLogThatNobodyReadsDoesNotHoldIt() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let config = "\(folder.path)/config.json"
        try SmallCheckpoint.write(
            [
                "database": .string("sqlite:\(folder.path)/jobs.sqlite"), "port": 0, "models": [["path": .string(checkpoint.path)]],
                "timeouts": ["drain": .double(Self.drain)],
            ], to: config)
        let pipe = Pipe()
        // Full from the start: 64 KiB by default (pipe(7)), and less where a user has many.
        let writing = pipe.fileHandleForWriting
        _ = fcntl(writing.fileDescriptor, F_SETFL, O_NONBLOCK)
        while (try? writing.write(contentsOf: Data(count: 1))) != nil {}
        _ = fcntl(writing.fileDescriptor, F_SETFL, 0)
        let process = try ChildProcess(
            ChildProcess.phantom, ["serve", "--config", config], output: .nowhere,
            errors: .descriptor(writing.fileDescriptor))
        // The signals are watched once the store is there; its first line stops it.
        let deadline = Date(timeIntervalSinceNow: Self.bound)
        while !FileManager.default.fileExists(atPath: "\(folder.path)/jobs.sqlite-wal"), Date() < deadline { Thread.sleep(forTimeInterval: 0.05) }
        process.signal(SIGTERM)
        #expect(process.exitStatus(within: Self.bound) == 1)
        withExtendedLifetime(pipe) {}
    }

    @Test func aSecondSignalEndsWhateverHangs() throws {
        let stuck = try Stuck("store:release")
        let id = try #require(try stuck.post(#"{"steps":1000,"count":4,"sampler":"ddpm"}"#))
        _ = try stuck.service.wait(for: id) { $0["status"] == "running" }
        stuck.service.child.signal(SIGTERM)
        // The first is taken when the log says so.
        #expect(stuck.service.child.hasLogged("stopping"))
        stuck.service.child.signal(SIGINT)
        #expect(stuck.service.child.exitStatus(within: Self.bound) == 128 + SIGINT)
    }
}
