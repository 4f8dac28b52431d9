import HTTPTypes
import Imaging
import Testing

@testable import Service

/// Refusals of requests as clients are told them.
@Suite struct ProblemTests {
    @Test(arguments: [(RequestRefusal.Kind.unreadable, 400), (.invalid, 422)])
    func aRefusalHasAStatus(_ kind: RequestRefusal.Kind, _ status: Int) {
        let problem = Problem(RequestRefusal(kind, "No.", faults: [.init(pointer: "#/steps", detail: "expected 1")]))
        #expect(problem.kind.status.code == status)
        #expect(problem.detail == "No." && problem.errors.map(\.pointer) == ["#/steps"])
        #expect(problem.document()["errors"] == [["pointer": "#/steps", "detail": "expected 1"]])
    }
}
