import Glibc
import Hostile
import Testing
import class Foundation.Thread

/// Ten thousand cases of each source of numbers from outside. What traps ends the suite; a case is made again from its number.
/// Each source is on a thread of its own that gives way: the pool's few threads are left to other tests, and while those wait
/// for something this goes on.
@Suite struct HostileTests {
    private static let cases = 10_000

    /// Some cases are left as they are and some are spoilt, so some must be let in and some refused: else nothing would be tried.
    ///
    /// - Parameters:
    ///   - threads: more than one for what takes longest, so that no thread goes on alone in the end.
    ///   - make: called on each thread.
    private func hold(
        _ source: String, threads: Int = 1, _ make: @escaping @Sendable () -> (inout Choices) -> Bool
    ) async {
        let admitted = await withTaskGroup(of: Int.self) { group in
            for share in 0..<threads { group.addTask { await Self.admitted(share, of: threads, make) } }
            return await group.reduce(0, +)
        }
        print("\(source): of \(Self.cases) cases, seeds 0 to \(Self.cases - 1), \(admitted) were let in")
        #expect(admitted > Self.cases / 20 && admitted < Self.cases)
    }

    /// Every so many-th case, on a thread of its own.
    private static func admitted(
        _ share: Int, of shares: Int, _ make: @escaping @Sendable () -> (inout Choices) -> Bool
    ) async -> Int {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                // Of this thread alone, on Linux.
                _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 15)
                let run = make()
                let admitted = stride(from: share, to: cases, by: shares).count { number in
                    var choices = Choices(seed: UInt64(number) &* 0x9E37_79B9)
                    return run(&choices)
                }
                continuation.resume(returning: admitted)
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    @Test func recipes() async {
        await hold("recipes") {
            let hostile = HostileRecipe()
            return { hostile.run(&$0) }
        }
    }

    @Test func checkpointConfigurations() async {
        await hold("checkpoint configurations", threads: 2) {
            let hostile = HostileCheckpoint()
            return { hostile.run(&$0) }
        }
    }

    @Test func configurations() async {
        await hold("configurations") {
            let hostile = HostileConfiguration()
            return { hostile.run(&$0) }
        }
    }

    @Test func requests() async {
        await hold("requests") {
            let hostile = HostileRequest()
            return { hostile.run(&$0) }
        }
    }

    @Test func commandLines() async {
        await hold("command lines", threads: 2) {
            let hostile = HostileCommandLine()
            return { hostile.run(&$0) }
        }
    }

    @Test func trajectories() async {
        await hold("trajectories") {
            let hostile = HostileTrajectory()
            return { hostile.run(&$0) }
        }
    }

    @Test func queries() async {
        await hold("queries") {
            let hostile = HostileQuery()
            return { hostile.run(&$0) }
        }
    }

    @Test func training() async {
        await hold("settings of training") {
            let hostile = HostileTraining()
            return { hostile.run(&$0) }
        }
    }

    @Test func files() async {
        await hold("files of a run") {
            let hostile = HostileFile()
            return { hostile.run(&$0) }
        }
    }

    @Test func storeRows() async {
        await hold("rows of the store", threads: 2) {
            let hostile = HostileStoreRows()
            return { hostile.run(&$0) }
        }
    }
}
