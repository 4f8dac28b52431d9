import Imaging
import Testing

/// What is said of a request that is refused.
@Suite struct RequestRefusalTests {
    @Test func theFirstFaultsAreToldAndAllAreCounted() {
        var faults = RequestFaults()
        var made = 0
        func fault(_ place: Int) -> RequestFault {
            made += 1
            return RequestFault(pointer: "#/\(place)", detail: "expected nothing")
        }
        for place in 0..<50 { faults.append(fault(place)) }
        #expect(faults.count == RequestFaults.limit && RequestFaults.limit == 20)
        #expect(faults.total == 50)
        #expect(made == 20, "what is not told is not even made")
        #expect(faults.map(\.pointer) == (0..<20).map { "#/\($0)" })
        var others: RequestFaults = [fault(50)]
        others.append(contentsOf: faults)
        #expect(others.count == 20 && others.total == 51)
        #expect(others[0].pointer == "#/50" && others[19].pointer == "#/18")
    }

    @Test func itIsReadByPeople() {
        #expect(RequestRefusal(.invalid, "The body is not an object.").description == "The body is not an object.")
        let faults: RequestFaults = [.init(pointer: "#/steps", detail: "expected 1"), .init(pointer: "#/eta", detail: "expected 0")]
        #expect(
            RequestRefusal(.invalid, "2 fields are not valid.", faults: faults).description
                == "#/steps: expected 1\n#/eta: expected 0")
    }

    @Test func longTextsAreCutAsAScreenNeeds() {
        let long = String(repeating: "x", count: 5000)
        let fault = RequestFault(pointer: long, detail: long)
        #expect(fault.pointer.count == 801 && fault.pointer.hasSuffix("…"))
        #expect(fault.detail.count == 2001 && RequestRefusal(.unreadable, long).detail.count == 2001)
    }
}
