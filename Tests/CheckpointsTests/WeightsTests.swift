import Checkpoints
import Testing

@Suite("Weights")
struct WeightsTests {
    private let weights = Weights(tensors: [
        "conv.weight": ([2, 1, 1, 1], [1, 2]), "conv.bias": ([2], [3, 4]), "conv2.bias": ([1], [5]),
        "block.0.conv.bias": ([1], [6]),
    ])

    @Test func scopesArePrefixesOfWholeNames() throws {
        let conv = weights.scoped("conv")
        #expect(conv.keys == ["bias", "weight"])
        #expect(try conv.floats("bias", shape: [2]) == [3, 4])
        #expect(conv.contains("weight") && !conv.contains("conv2.bias"))
        #expect(conv.shape(of: "weight") == [2, 1, 1, 1] && conv.shape(of: "absent") == nil)
        #expect(try weights.scoped("block").scoped("0").scoped("conv").floats("bias", shape: [1]) == [6])
        #expect(weights.keys == ["block.0.conv.bias", "conv.bias", "conv.weight", "conv2.bias"])
    }

    @Test func complaintsNameKeyExpectedAndGot() {
        #expect(
            HandMade.complaint { try weights.scoped("conv").floats("gain", shape: [2]) }
                == CheckpointError(path: "memory", item: "conv.gain", expected: "a weight of shape [2]", got: "no such weight"))
        #expect(
            HandMade.complaint { try weights.scoped("conv").floats("weight", shape: [2, 1]) }
                == CheckpointError(path: "memory", item: "conv.weight", expected: "shape [2, 1]", got: "[2, 1, 1, 1]"))
        #expect(HandMade.complaint { try weights.floats("conv.bias", shape: [2, 1]) }?.description
            == "memory: conv.bias: expected shape [2, 1], got [2]")
        let broken = Weights(tensors: ["nan": ([3], [1, 2, .nan]), "inf": ([1], [-.infinity]), "short": ([3], [1])])
        #expect(HandMade.complaint { try broken.floats("nan", shape: [3]) }?.got == "nan at element 2")
        #expect(HandMade.complaint { try broken.floats("inf", shape: [1]) }?.got == "-inf at element 0")
        #expect(HandMade.complaint { try broken.floats("short", shape: [3]) }?.expected == "values for [3]")
    }

    @Test func finishNamesWhatNobodyRead() throws {
        let weights = Weights(tensors: [
            "a": ([1], [1]), "b": ([2], [1, 2]), "norm.num_batches_tracked": ([], [9]), "scope.c": ([1], [1]),
        ])
        // Asking is not reading.
        #expect(weights.contains("a") && weights.shape(of: "b") == [2])
        #expect(HandMade.complaint { try weights.finish() }?.got == "3 extra ones: a, b, scope.c")
        #expect(HandMade.complaint { try weights.scoped("scope").finish() }?.item == "scope.c")
        _ = try weights.floats("a", shape: [1])
        _ = try weights.scoped("scope").floats("c", shape: [1])
        // A failed reading is none.
        #expect(HandMade.complaint { try weights.floats("b", shape: [3]) } != nil)
        #expect(
            HandMade.complaint { try weights.finish() }
                == CheckpointError(path: "memory", item: "b", expected: "only weights that the configuration asks for", got: "an extra one of shape [2]"))
        try weights.scoped("scope").finish()
        _ = try weights.floats("b", shape: [2])
        try weights.finish()
    }

    @Test func manyExtrasAreCounted() {
        let many = Weights(tensors: Dictionary(uniqueKeysWithValues: (1...7).map { ("w\($0)", (shape: [1], values: [Float(0)])) }))
        #expect(HandMade.complaint { try many.finish() }?.got == "7 extra ones: w1, w2, w3, w4, w5 and 2 more")
    }

    @Test func readingFromManyThreadsIsRemembered() async throws {
        let tensors = Dictionary(uniqueKeysWithValues: (0..<200).map { ("w\($0)", (shape: [1], values: [Float($0)])) })
        let weights = Weights(tensors: tensors)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in 0..<4 {
                group.addTask {
                    for index in 0..<200 where index % 4 == part {
                        let values = try weights.floats("w\(index)", shape: [1])
                        #expect(values == [Float(index)])
                    }
                }
            }
            try await group.waitForAll()
        }
        try weights.finish()
    }
}
