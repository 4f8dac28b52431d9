@testable import Diffusion
import Testing

/// The stored form of a place in a run of variable steps: archives of earlier versions hold it.
struct StepControlTests {
    static let stages: [(StepControl.Stage, Double)] =
        [(.firstSlope, -2), (.trial, -1), (.end, 7)] + (1...6).map { (.slopes($0), Double($0)) }

    @Test(arguments: stages)
    func everyStageIsStoredUnderItsNumber(_ stage: StepControl.Stage, _ number: Double) {
        for wasRejected in [false, true] {
            let control = StepControl(time: 0.7, length: 0.01, stage: stage, wasRejected: wasRejected)
            #expect(control.stored == [0.7, 0.01, number, wasRejected ? 1 : 0])
            #expect(StepControl(stored: control.stored) == control)
        }
    }

    @Test(
        arguments: [
            [], [1], [1, 0, -2], [1, 0, -2, 0, 0], [1, 0, 0, 0], [1, 0, 8, 0], [1, 0, -3, 0], [1, 0, 1.5, 0],
            [1, 0, .nan, 0], [1, 0, 1, 2], [1, 0, 1, .nan], [1, 0, 1, 0.5], [1, 0, .infinity, 0],
        ] as [[Double]])
    func otherNumbersAreRefused(_ numbers: [Double]) {
        #expect(StepControl(stored: numbers) == nil)
    }
}
