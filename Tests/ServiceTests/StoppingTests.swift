import Foundation
import JSON
import TestSupport
import Testing
import Wire

/// Stops, wanted and unwanted, in the middle of a job: nothing is lost and the bytes are those of an unbroken run.
@Suite(.serialized) struct StoppingTests {
    /// `ddpm` draws noise at every step, so a step made twice or left out would show.
    private static func body() throws -> String {
        let long = try LongJob.ofThisMachine()
        return #"{"count":\#(long.count),"steps":\#(long.steps),"sampler":"ddpm","seed":7,"noise":"torch","condition":{"view":"PA"}}"#
    }

    /// The digests of an unbroken run, made once: by the command, that is by another way to the same bytes.
    private static let unbroken: Result<[String], any Error> = Result {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let long = try LongJob.ofThisMachine()
        let made = try ChildProcess(
            ChildProcess.phantom,
            ["generate", "--model", checkpoint.path, "--output", folder.path, "--count", "\(long.count)", "--steps", "\(long.steps)"]
                + ["--sampler", "ddpm", "--seed", "7", "--noise", "torch", "--condition", "view=PA"])
        guard made.exitStatus(within: 900) == 0 else { throw UnexpectedAnswer(answer: made.standardError) }
        return try String(contentsOfFile: "\(folder.path)/manifest.csv", encoding: .utf8).split(separator: "\r\n").dropFirst()
            .map { String($0.split(separator: ",").last ?? "") }
    }

    private func digests(_ job: JSONValue) -> [String] { job["images"]?.array?.compactMap { $0["sha256"]?.string } ?? [] }

    @Test func killedInTheMiddleItResumesToTheSameBytes() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let database = "\(folder.path)/jobs.sqlite"
        let long = try LongJob.ofThisMachine()
        let first = try ServingProcess(model: checkpoint.path, database: database, settings: ServingProcess.telling)
        let id = try #require(try first.post(Self.body()).job["id"]?.string)
        try first.waitForSave()
        #expect(try first.json("/v1/jobs/\(id)")["status"] == "running", "the job was too short for this machine")
        first.child.signal(SIGKILL)
        #expect(first.child.exitStatus() == 128 + SIGKILL)

        let second = try ServingProcess(model: checkpoint.path, database: database)
        let job = try second.waitForEnd(of: id)
        #expect(job["status"] == "succeeded")
        #expect(job["attempt"] == 2)
        #expect(job["resumed_from_step"]?.number?.int ?? 0 > 0)
        #expect(job["timing"]?["network_calls"] == .integer(long.count * long.steps), "work that was lost is not counted")
        #expect(digests(job) == (try Self.unbroken.get()))
    }

    @Test func stoppedGracefullyItAnswersAndResumes() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let database = "\(folder.path)/jobs.sqlite"
        let first = try ServingProcess(
            model: checkpoint.path, database: database, settings: ServingProcess.telling)
        let id = try #require(try first.post(Self.body()).job["id"]?.string)
        _ = try first.wait(for: id) { $0["progress"]?["step"]?.number?.int ?? 0 > 10 }
        let waiting = try ChildProcess(
            "/usr/bin/curl",
            ["-sS", "-w", "\n%{http_code}", "-d", try Self.body(), "-H", "Content-Type: application/json", "-H", "Prefer: wait=60"]
                + ["http://127.0.0.1:\(first.port)/v1/generations"])
        _ = try first.wait(for: id) { _ in ((try? first.json("/v1/jobs"))?["items"]?.array?.count ?? 0) == 2 }
        first.child.signal(SIGTERM)
        #expect(first.child.exitStatus() == 0)
        #expect(waiting.exitStatus() == 0)
        let answer = String(decoding: waiting.standardOutput, as: UTF8.self)
        #expect(answer.hasSuffix("\n202"), "who waited has been answered: \(answer.suffix(200)) \(waiting.standardError)")

        let second = try ServingProcess(model: checkpoint.path, database: database)
        let other = try #require(answer.firstMatch(of: /"id":"([^"]*)"/)?.output.1)
        #expect(try second.curl("/v1/jobs/\(other)/cancel", ["-X", "POST"]).status == 200)
        let job = try second.waitForEnd(of: id)
        #expect(job["attempt"] == 1, "a graceful stop is no failed attempt")
        #expect(job["resumed_from_step"]?.number?.int ?? 0 > 10)
        #expect(digests(job) == (try Self.unbroken.get()))
    }

    @Test func aSecondSignalEndsItAtOnce() throws {
        let checkpoint = try SmallCheckpoint()
        let folder = try TemporaryFolder()
        let service = try ServingProcess(
            model: checkpoint.path, database: "\(folder.path)/jobs.sqlite", settings: ["timeouts": ["drain": 3_600]])
        // A request whose body never ends keeps the service waiting. What has arrived counts, be it read or not.
        let upload = try WireClient(port: UInt16(service.port))
        let head = "POST /v1/generations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        try upload.send(head + "Content-Length: 9\r\n\r\n{")
        service.child.signal(SIGTERM)
        #expect(service.child.hasLogged("stopping"))
        #expect(service.child.exitStatus(within: 1.5) == nil, "it waits for the request")
        service.child.signal(SIGTERM)
        #expect(service.child.exitStatus() == 128 + SIGTERM)
        withExtendedLifetime(upload) {}
    }
}
