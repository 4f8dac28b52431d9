import JSON
import TestSupport

/// How long a job has to be for its progress to be saved before it ends, on whatever machine.
///
/// The first save comes after two seconds of computing. A job of a fixed number of steps ends before it where a core is
/// quick, so the machine is asked how quick it is.
struct LongJob {
    /// Images of the job, and steps of each, at most 1,000.
    let count: Int, steps: Int

    /// Of about four seconds on one thread of this machine (`ServingProcess.telling`), by the small checkpoint's network.
    static func ofThisMachine() throws -> LongJob { try measured.get() }

    private static let measured: Result<LongJob, any Error> = Result {
        let checkpoint = try SmallCheckpoint()
        let bench = try ChildProcess(
            ChildProcess.phantom, ["bench", "--model", checkpoint.path, "--threads", "1", "--repeat", "300", "--json"])
        guard bench.exitStatus(within: 300) == 0,
            let milliseconds = try JSONReader().read(Array(bench.standardOutput))["min_ms"]?.number?.double
        else { throw UnexpectedAnswer(answer: bench.standardError) }
        let evaluations = Int(4_000 / milliseconds)
        let count = max(2, (evaluations + 999) / 1_000)
        return LongJob(count: count, steps: evaluations / count)
    }
}
