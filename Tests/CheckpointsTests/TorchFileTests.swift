import Checkpoints
import JSON
import Testing

@Suite("Files of torch.save")
struct TorchFileTests {
    static let fixtures = Places.root + "/Tests/Fixtures/torch"

    private func weights(_ bytes: [UInt8]) throws -> WeightSets {
        try Places.withFolder { folder in
            try Places.write(bytes, to: folder + "/x.pt")
            return try WeightSets(TorchFile(path: folder + "/x.pt"))
        }
    }

    private func complaint(_ bytes: [UInt8]) -> CheckpointError? { HandMade.complaint { try weights(bytes) } }

    /// Every element type, every kind of view, in each format torch has written, to the bit as torch reads them.
    @Test(arguments: ["tensors.pt", "tensors_p4.pt", "tensors_legacy.pt"])
    func allTypesAndViews(_ name: String) throws {
        let sets = try WeightSets(TorchFile(path: "\(Self.fixtures)/\(name)"))
        let set = try sets.choose(nil)
        #expect(sets.sets.count == 1 && set.place == "state.ema" && set.isNamed)
        let golden = try JSONReader().read(Places.read(Self.fixtures + "/tensors.json")).object
        #expect(Set(set.tensors.map(\.name)) == Set(golden?.keys ?? []))
        for tensor in set.tensors {
            let expected = try #require(golden?[tensor.name])
            #expect(tensor.shape == expected["shape"]?.array?.compactMap(\.number?.int))
            let bits = try tensor.floats().map { Int($0.bitPattern) }
            #expect(bits == expected["bits"]?.array?.compactMap(\.number?.int), "\(tensor.name)")
        }
    }

    @Test func aHandMadeFileIsRightToBeginWith() throws {
        let pickle = HandMadeTorch.pickle(
            HandMadeTorch.dictionary([("w", HandMadeTorch.tensor(HandMadeTorch.storage(count: 6), offset: 1, shape: [2, 2], strides: [1, 2]))]))
        let bytes = HandMadeTorch.file(pickle, storages: ["0": HandMadeTorch.floats([0, 1, 2, 3, 4, 5])])
        try Places.withFolder { folder in
            try Places.write(bytes, to: folder + "/x.pt")
            let tensor = try #require(try WeightSets(TorchFile(path: folder + "/x.pt")).choose(nil).tensors.first)
            #expect(tensor.name == "w" && tensor.shape == [2, 2] && tensor.dtype == .f32)
            #expect(try tensor.floats() == [1, 3, 2, 4])
        }
    }

    @Test(arguments: [
        (6, 0, [7], [1]), (6, 0, [2, 3], [4, 1]), (6, 1, [6], [1]), (6, 7, [0], [1]), (6, 0, [2, 3], [3]), (6, -1, [1], [1]), (6, 0, [-1], [1]),
        (6, 0, [2], [-1]), (6, 0, [1 << 32, 1 << 32], [0, 0]), (6, 0, [4], [1 << 62]), (1, 0, [1000], [0]), (-1, 0, [0], [1]),
        (1 << 62, 1 << 62, [1 << 62], [1]),
    ])
    func tensorsLieWithinTheirStorage(_ count: Int, _ offset: Int, _ shape: [Int], _ strides: [Int]) {
        let tensor = HandMadeTorch.tensor(HandMadeTorch.storage(count: count), offset: offset, shape: shape, strides: strides)
        let bytes = HandMadeTorch.file(HandMadeTorch.pickle(HandMadeTorch.dictionary([("w", tensor)])), storages: ["0": [UInt8](repeating: 0, count: 24)])
        #expect(complaint(bytes)?.item?.hasPrefix("data.pkl, byte ") == true)
    }

    /// A storage that is not there, or shorter than the pickle claims.
    @Test func storagesAreHeldAgainstTheFile() throws {
        try Places.withFolder { folder in
            for (key, count, got) in [("1", 4, "none"), ("0", 5, "16 bytes"), ("0", 1 << 61, "16 bytes")] {
                let tensor = HandMadeTorch.tensor(HandMadeTorch.storage(key: key, count: count), shape: [2], strides: [1])
                let pickle = HandMadeTorch.pickle(HandMadeTorch.dictionary([("w", tensor)]))
                try Places.write(HandMadeTorch.file(pickle, storages: ["0": [UInt8](repeating: 0, count: 16)]), to: folder + "/x.pt")
                let sets = try WeightSets(TorchFile(path: folder + "/x.pt"))
                #expect(HandMade.complaint { try sets.choose(nil).tensors[0].floats() }?.got == got)
            }
        }
    }

    /// A file of some hundred bytes that would be read into gigabytes.
    @Test func manyViewsOfOneStorageAreRefused() throws {
        let tensor = HandMadeTorch.tensor(HandMadeTorch.storage(count: 1 << 20), shape: [1 << 20], strides: [1])
        let pickle = HandMadeTorch.pickle(HandMadeTorch.dictionary((0..<8).map { ("w\($0)", tensor) }))
        let refusal = complaint(HandMadeTorch.file(pickle, storages: ["0": [UInt8](repeating: 0, count: 4 << 20)]))
        #expect(refusal?.item == "w4" && refusal?.expected.hasPrefix("weights that fit into") == true)
    }

    @Test func filesWithoutWeightsSaySo() {
        #expect(complaint(HandMadeTorch.file(HandMadeTorch.pickle([0x4E])))?.got == "none in None")
        #expect(complaint(HandMadeTorch.file(HandMadeTorch.pickle(HandMadeTorch.dictionary([("epoch", [0x4B, 3])]))))?.got == "none in a dictionary")
        #expect(complaint(Array("not a checkpoint".utf8))?.expected == "a file of torch.save")
        #expect(complaint([])?.expected == "a file of torch.save")
    }

    /// Several sets: the averaged one by itself, any by its place.
    @Test func setsAreChosenByPlace() throws {
        func tensor(_ value: Int) -> [UInt8] { HandMadeTorch.tensor(HandMadeTorch.storage(key: "\(value)", count: 1), shape: [1], strides: [1]) }
        func file(_ root: [UInt8]) -> [UInt8] {
            HandMadeTorch.file(HandMadeTorch.pickle(root), storages: ["1": HandMadeTorch.floats([1]), "2": HandMadeTorch.floats([2]), "3": HandMadeTorch.floats([3])])
        }
        let one = HandMadeTorch.dictionary([("w", tensor(1))]), two = HandMadeTorch.dictionary([("w", tensor(2))])
        let both = try weights(file(HandMadeTorch.dictionary([("model", one), ("model_ema", two), ("step", [0x4B, 9])])))
        #expect(try both.choose(nil).place == "model_ema" && both.choose("model").place == "model")
        #expect(HandMade.complaint { try both.choose("optimizer") }?.expected == "one of model, model_ema")
        let unclear = try weights(file(HandMadeTorch.dictionary([("a", one), ("b", two)])))
        #expect(HandMade.complaint { try unclear.choose(nil) }?.expected == "a choice (--weights) among a, b")
        // An EMA as a bare list, in the parameters' order; `sigmas` is a buffer.
        func averaged(_ model: [(String, [UInt8])], _ list: [[UInt8]]) -> [UInt8] {
            let shadow = [0x5D, 0x28] + list.joined() + [0x65]
            return file(HandMadeTorch.dictionary([("model", HandMadeTorch.dictionary(model)), ("ema", HandMadeTorch.dictionary([("shadow_params", shadow)]))]))
        }
        let model = [("module.sigmas", tensor(1)), ("module.a", tensor(1)), ("module.b", tensor(2))]
        let chosen = try weights(averaged(model, [tensor(2), tensor(3)])).choose(nil)
        #expect(chosen.place == "ema.shadow_params" && chosen.tensors.map(\.name) == ["module.a", "module.b"])
        let short = try weights(averaged(model, [tensor(2)]))
        #expect(HandMade.complaint { try short.choose(nil) }?.got == "1")
        let wide = HandMadeTorch.tensor(HandMadeTorch.storage(key: "3", count: 1), shape: [1, 1], strides: [1, 1])
        let bent = try weights(averaged(model, [tensor(2), wide]))
        #expect(HandMade.complaint { try bent.choose(nil) }?.item == "ema.shadow_params, module.b")
    }
}
