import Checkpoints
import Networks
import Tensors
import Testing

/// What a network knows of its weights.
struct ParameterTests {
    @Test(arguments: UNetGoldenTests.cases, [Purpose.inference, .reference])
    func aNetworkKnowsItsWeightsByTheNamesOfTheCheckpoint(name: String, purpose: Purpose) throws {
        let weights = try ModelFolder(path: Fixtures.path("networks/\(name)")).weights
        let unet = try UNetGoldenTests.Golden(name, purpose: purpose).unet, set = unet.parameters
        #expect(set.parameters.map(\.name).sorted() == weights.keys)
        for parameter in set.parameters { #expect(parameter.shape == weights.shape(of: parameter.name)) }
        #expect(unet.parameterCount == set.parameters.reduce(0) { $0 + $1.count })
    }

    @Test func elementsStandSideBySide() {
        var set = ParameterSet()
        set.note("a.weight", shape: [4, 2, 3, 3])
        set.note("a.bias", shape: [4])
        set.note("a.weight", shape: [4, 2, 3, 3])  // fetched again, for something that is compiled from it
        set.note("b", shape: [])
        #expect(set.parameters.map(\.name) == ["a.weight", "a.bias", "b"])
        #expect(set.parameters.map(\.start) == [0, 72, 76])
        #expect(set.parameters.map(\.count) == [72, 4, 1] && set.elementCount == 77)
        #expect(set["a.bias"]?.start == 72 && set["c"] == nil)
    }
}
