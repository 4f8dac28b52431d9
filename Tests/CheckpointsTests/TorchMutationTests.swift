import Checkpoints
import JSON
import Testing

@Suite("Mutated torch files")
struct TorchMutationTests {
    /// Everything a user's command would do with the file; a refusal is fine, a trap is not.
    private func readAll(_ path: String) throws -> Int {
        let sets = try WeightSets(TorchFile(path: path))
        var read = 0
        for set in sets.sets {
            for tensor in set.tensors {
                guard let values = try? tensor.floats() else { continue }
                #expect(values.count == tensor.shape.reduce(1, *))
                read += 1
            }
        }
        return read
    }

    /// Changes anywhere in a whole file: the zip's directory, or the pickles of the old format, which has no checksums.
    @Test(arguments: [("tensors.pt", 1500), ("tensors_legacy.pt", 3000)])
    func noMutantBreaksTheFile(_ name: String, _ count: Int) throws {
        let original = try Places.read("\(TorchFileTests.fixtures)/\(name)")
        try Places.withFolder { folder in
            var mutator = MutationTests.Mutator(state: 41)
            var read = 0
            for _ in 0..<count {
                try Places.write(mutator.mutant(of: original), to: folder + "/x.pt")
                read += (try? readAll(folder + "/x.pt")) ?? 0
            }
            #expect(read > count / 10, "\(read) tensors read")
        }
    }

    /// Changes in the pickle of a zip whose checksums are right.
    @Test func noMutantBreaksThePickle() throws {
        let shared = HandMadeTorch.storage(count: 24)
        let members = [
            ("a.weight", HandMadeTorch.tensor(shared, shape: [2, 3, 2], strides: [6, 2, 1])),
            ("a.bias", HandMadeTorch.tensor(shared, offset: 3, shape: [4], strides: [5])),
            ("b", HandMadeTorch.tensor(HandMadeTorch.storage("HalfStorage", key: "1", count: 4), shape: [2, 2], strides: [1, 2])),
        ]
        let original = HandMadeTorch.pickle([0x7D] + HandMadeTorch.text("ema") + HandMadeTorch.dictionary(members) + [0x73])
        try Places.withFolder { folder in
            var mutator = MutationTests.Mutator(state: 42)
            var read = 0
            for _ in 0..<6000 {
                let file = HandMadeTorch.file(mutator.mutant(of: original), storages: ["0": [UInt8](repeating: 1, count: 96), "1": [UInt8](repeating: 2, count: 8)])
                try Places.write(file, to: folder + "/x.pt")
                read += (try? readAll(folder + "/x.pt")) ?? 0
            }
            #expect(read > 1000, "\(read) tensors read")
        }
    }

    /// Checkpoints of each family whose names and shapes are changed at random: imported or refused, never a trap.
    @Test(arguments: ["guided_heads/model.pth", "guided_pooling/model.pt", "monai_fused/model.pt", "ho_pooling/model.ckpt", "score_sde/checkpoint_1.pth"])
    func noMutantBreaksTheFamilies(_ name: String) throws {
        let sets = try WeightSets(TorchFile(path: "\(Places.root)/Tests/Fixtures/imports/\(name)")).sets
        let set = try #require(sets.first { $0.isNamed })
        let original = set.tensors.map { (name: $0.name, shape: $0.shape) }
        var options = ImportOptions()
        options.heads = 2
        options.unet = ["norm_num_groups": 2]
        try Places.withFolder { folder in
            let path = folder + "/x.pt"
            var mutator = MutationTests.Mutator(state: 43)
            try Places.write(Self.file(original), to: path)
            _ = try ImportedModel(path: path, options: options)
            var taken = 0
            for _ in 0..<200 {
                var weights = original
                for _ in 0...mutator.next(below: 2) { Self.change(&weights, &mutator) }
                try Places.write(Self.file(weights), to: path)
                if (try? ImportedModel(path: path, options: options)) != nil { taken += 1 }
            }
            #expect(taken < 200)
        }
    }

    /// All weights as views of one storage of zeros.
    private static func file(_ weights: [(name: String, shape: [Int])]) -> [UInt8] {
        let storage = HandMadeTorch.storage("HalfStorage", count: 1 << 14)
        let members = weights.map { weight in
            var stride = 1
            let strides = weight.shape.reversed().map { side in
                defer { stride = stride &* side }
                return stride
            }
            return (weight.name, HandMadeTorch.tensor(storage, shape: weight.shape, strides: strides.reversed()))
        }
        return HandMadeTorch.file(HandMadeTorch.pickle(HandMadeTorch.dictionary(members)), storages: ["0": [UInt8](repeating: 0, count: 1 << 15)])
    }

    /// A weight lost, doubled under another's name, renamed, or of another shape.
    private static func change(_ weights: inout [(name: String, shape: [Int])], _ mutator: inout MutationTests.Mutator) {
        let place = mutator.next(below: weights.count)
        let sides = [0, 1, 2, 3, 4, 7, 9, 1 << 13, 1 << 14, 1 << 31, 1 << 40, Int.max]
        switch mutator.next(below: 6) {
        case 0: weights.remove(at: place)
        case 1: weights[place].name = weights[mutator.next(below: weights.count)].name + "x"
        case 2: weights[place].shape = weights[mutator.next(below: weights.count)].shape
        case 3: weights[place].shape = (0..<mutator.next(below: 5)).map { _ in sides[mutator.next(below: sides.count)] }
        case 4 where !weights[place].shape.isEmpty: weights[place].shape[0] = sides[mutator.next(below: sides.count)]
        default:
            var words = weights[place].name.split(separator: ".").map(String.init)
            let word = mutator.next(below: words.count)
            words[word] = ["0", "1", "7", "-1", "9223372036854775807", ""][mutator.next(below: 6)]
            weights[place].name = words.joined(separator: ".")
        }
    }
}
