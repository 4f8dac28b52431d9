import Foundation
import Jobs
import JobsFakeEngine
import JobsSQLite
import TestSupport
import Testing

/// kill -9 in the middle of the work, again and again. The processes are `JobsCrashProbe`, built beside the tests.
@Suite struct CrashTests {
    private func probe(_ arguments: [String]) throws -> ChildProcess {
        try ChildProcess(ChildProcess.sibling("JobsCrashProbe"), arguments)
    }

    private func acknowledged(_ text: String) -> [JobID: UInt64] {
        var jobs: [JobID: UInt64] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, words[0] == "accepted", let id = JobID(String(words[1])) else { continue }
            jobs[id] = UInt64(words[2])
        }
        return jobs
    }

    private func request(_ seed: UInt64) -> FakeRequest {
        let number = Int(seed % 1_000)
        return FakeRequest(seed: seed, images: 1 + number % 3, steps: 10 + number * 5, rows: 1 + number % 2)
    }

    @Test func twentyKillsLoseNothing() throws {
        let folder = try TemporaryFolder()
        var jobs: [JobID: UInt64] = [:]
        var ended: [JobID: Job] = [:]
        for launch in 1...20 {
            let probe = try probe([folder.storePath, "\(launch)", "6"])
            #expect(probe.output(until: "ready\n").hasPrefix("ready"))
            Thread.sleep(forTimeInterval: .random(in: 0...0.15))
            // Now and then in the middle of a job whose progress has been saved, however long that takes here.
            if launch % 5 == 0 { _ = probe.output(until: "saved\n", within: 20) }
            probe.signal(SIGKILL)
            #expect(probe.exitStatus(within: Patience.seconds) == 128 + SIGKILL)
            let text = String(decoding: probe.standardOutput, as: UTF8.self)
            jobs.merge(acknowledged(text)) { one, _ in one }
            // Every other time the next probe meets the file just as the kill has left it.
            if launch % 2 == 0 { try inspect(folder.storePath, jobs, &ended) }
        }
        let last = try probe([folder.storePath, "21", "1", "--finish"])
        #expect(last.exitStatus(within: 900) == 0)
        let text = String(decoding: last.standardOutput, as: UTF8.self)
        #expect(text.hasSuffix("done\n"))
        jobs.merge(acknowledged(text)) { one, _ in one }
        #expect(jobs.count > 20)
        try inspect(folder.storePath, jobs, &ended)
        let store = try SQLiteJobStore(path: folder.storePath)
        // Jobs whose acknowledgement died with the process are there or not, but none is there twice.
        let all = try store.jobs(JobQuery(limit: 1_000)).jobs
        #expect(Set(all.map(\.request)).count == all.count)
        #expect(try store.counts() == JobCounts(byStatus: [.succeeded: all.count]))
        #expect(all.contains { $0.attempt > 1 && $0.resumedFromStep != nil })
        for job in all { try expectImages(of: job, in: store) }
    }

    private func expectImages(of job: Job, in store: SQLiteJobStore) throws {
        let request = try FakeRequest(job.request)
        #expect(request == self.request(request.seed))
        #expect(job.images.count == request.images)
        #expect(job.timing.networkCalls == Int64(request.images * request.callsPerImage))
        for index in 0..<request.images {
            #expect(try store.image(index, of: job.id).bytes == request.expectedImage(index))
        }
    }

    /// The file is sound, every acknowledged job is there, and what had ended before has not changed since.
    private func inspect(_ path: String, _ jobs: [JobID: UInt64], _ ended: inout [JobID: Job]) throws {
        let store = try SQLiteJobStore(path: path)
        #expect(try store.inspect("PRAGMA integrity_check") == "ok")
        for (id, seed) in jobs {
            let job = try store.job(id)
            #expect(try FakeRequest(job.request).seed == seed)
            #expect(job.status != .failed && job.status != .cancelled)
            if let before = ended[id] { #expect(job == before) }
            if job.status.isTerminal { ended[id] = job }
        }
    }
}
