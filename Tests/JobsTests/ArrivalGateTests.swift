import Jobs
import JobsPostgres
import Testing

/// Who of many at rest asks for a job that has arrived.
@Suite struct ArrivalGateTests {
    private let start = ContinuousClock.now

    private func id(_ number: UInt64) -> JobID {
        var generator = SystemRandomNumberGenerator()
        return JobID(at: Timestamp(milliseconds: Int64(number)), using: &generator)
    }

    @Test func fewAskAtOnce() {
        var gate = ArrivalGate()
        for number in 0...2 {
            gate.atRest = number
            let isNow = gate.arrived(id(1), at: start, random: 0.9)
            #expect(isNow)
        }
        #expect(gate.next == nil)
    }

    @Test func ofManyEachWaitsForItsMoment() {
        var gate = ArrivalGate()
        gate.atRest = 100
        let (first, second) = (id(1), id(2))
        let areNow = [gate.arrived(first, at: start, random: 0.5), gate.arrived(second, at: start, random: 0.1)]
        #expect(areNow == [false, false] && gate.next == start + .milliseconds(30))
        let due = [29, 30].map { gate.due(at: start + .milliseconds($0)) }
        #expect(due == [[], [.arrived(second)]])
        // Heard of again it is not put off.
        let isNow = gate.arrived(first, at: start + .milliseconds(100), random: 0.9)
        #expect(!isNow && gate.next == start + .milliseconds(150))
        gate.isTaken(first)
        let left = gate.due(at: start + .seconds(9))
        #expect(gate.next == nil && left.isEmpty)
    }

    /// Of a hundred one asks within 15 ms, 99 of a hundred times; and nobody waits for more than a second.
    @Test func oneAsksSoonAndAllInTheEnd() {
        var gates = [ArrivalGate](repeating: ArrivalGate(), count: 100), firsts: [ContinuousClock.Instant] = []
        for number in 0..<400 {
            let job = id(UInt64(number))
            for index in gates.indices {
                gates[index].atRest = 100
                _ = gates[index].arrived(job, at: start, random: Double.random(in: 0..<1))
            }
            firsts.append(gates.compactMap(\.next).min() ?? start)
            for index in gates.indices { gates[index].isTaken(job) }
        }
        #expect(firsts.sorted()[380] <= start + .milliseconds(20))
        var gate = ArrivalGate()
        gate.atRest = 100_000
        let isNow = gate.arrived(id(1), at: start, random: 0.999_999)
        #expect(!isNow && gate.next! <= start + .seconds(1))
    }
}
