import Hostile
import Testing

/// Ten thousand cases of each source of numbers from outside. What traps ends the suite; a case is made again from its number.
@Suite struct HostileTests {
    private static let cases = 10_000

    /// Some cases are left as they are and some are spoilt, so some must be let in and some refused: else nothing would be tried.
    private func hold(_ source: String, _ run: (inout Choices) -> Bool) {
        let admitted = (0..<Self.cases).count { number in
            var choices = Choices(seed: UInt64(number) &* 0x9E37_79B9)
            return run(&choices)
        }
        print("\(source): of \(Self.cases) cases, seeds 0 to \(Self.cases - 1), \(admitted) were let in")
        #expect(admitted > Self.cases / 20 && admitted < Self.cases)
    }

    @Test func recipes() {
        let hostile = HostileRecipe()
        hold("recipes") { hostile.run(&$0) }
    }

    @Test func checkpointConfigurations() {
        let hostile = HostileCheckpoint()
        hold("checkpoint configurations") { hostile.run(&$0) }
    }

    @Test func configurations() {
        let hostile = HostileConfiguration()
        hold("configurations") { hostile.run(&$0) }
    }

    @Test func requests() {
        let hostile = HostileRequest()
        hold("requests") { hostile.run(&$0) }
    }

    @Test func commandLines() {
        let hostile = HostileCommandLine()
        hold("command lines") { hostile.run(&$0) }
    }

    @Test func trajectories() {
        let hostile = HostileTrajectory()
        hold("trajectories") { hostile.run(&$0) }
    }

    @Test func storeRows() {
        let hostile = HostileStoreRows()
        hold("rows of the store") { hostile.run(&$0) }
    }
}
