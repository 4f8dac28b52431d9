import Testing

@testable import Evaluation

@Suite struct DownstreamPaceTests {
    @Test func whatIsLeftIsToldWhereAShareEnds() {
        var plan = DownstreamPlan(seed: 0)
        (plan.shares, plan.seeds, plan.arms) = ([10, 100], 2, [.real, .realTwice])
        var pace = DownstreamPace(plan.trainings)
        #expect(plan.trainings.count == 16 && pace.text(done: 4) == nil)
        #expect(pace.timed(plan.trainings[3]) { 7 } == 7)
        #expect(pace.text(done: 4) == "downstream: 4 of 16 trainings are there; the rest takes about 1 minutes")
        #expect([0, 3, 5, 16].allSatisfy { pace.text(done: $0) == nil })
        #expect(pace.text(done: 12) != nil)
    }
}
