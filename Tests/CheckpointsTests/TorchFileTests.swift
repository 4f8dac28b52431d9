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

    private func complaint(_ bytes: [UInt8]) -> CheckpointError? { HandMade.complaint { try weights(bytes).single() } }

    /// Every element type, every kind of view, in each format torch has written, to the bit as torch reads them.
    @Test(arguments: ["tensors.pt", "tensors_p4.pt", "tensors_legacy.pt"])
    func allTypesAndViews(_ name: String) throws {
        let sets = try WeightSets(TorchFile(path: "\(Self.fixtures)/\(name)"))
        let set = try sets.single()
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
            let tensor = try #require(try WeightSets(TorchFile(path: folder + "/x.pt")).single().tensors.first)
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
                #expect(HandMade.complaint { try sets.single().tensors[0].floats() }?.got == got)
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
        #expect(complaint(Array("not a checkpoint".utf8))?.got == "something else")
        #expect(complaint([])?.got == "an empty file: it was not downloaded whole")
    }

    /// Several sets: the averaged one by itself, any by its name, by the beginning of it or by what it is.
    @Test func setsAreChosenByName() throws {
        func choice(_ options: [(String, Bool)]) -> WeightChoice {
            WeightChoice(options: options.map { .init(label: $0.0, isAveraged: $0.1) }, path: "x.pt")
        }
        let both = choice([("model", false), ("model_ema", true)])
        #expect(try both.index(nil) == 1 && both.index("model") == 0 && both.index("ema") == 1)
        let refusal = HandMade.complaint { try both.index("optimizer") }
        #expect(refusal?.expected == "one (--weights) among model, model_ema (averaged)" && refusal?.got == "optimizer")
        #expect(HandMade.complaint { try choice([("a", false), ("b", false)]).index(nil) }?.expected == "a choice (--weights) among a, b")
        #expect(HandMade.complaint { try choice([("a", false)]).index("ema") }?.expected == "one (--weights) among a")
        #expect(HandMade.complaint { try choice([("e.1", true), ("e.2", true), ("m", false)]).index(nil) }?.got == "several that fit")
        #expect(try choice([("ema.shadow_params", true), ("net", false)]).index("model") == 1)
        #expect(try choice([("", false)]).index("model") == 0 && choice([("", false)]).index(nil) == 0)
        #expect(try choice([("s.ema.online_model", false), ("s.unet", false)]).index("s.unet") == 1)
        #expect(HandMade.complaint { try choice([("s.a", false), ("s.b", false)]).index("s") }?.got == "several that fit")
    }

    @Test(arguments: [
        ("ema", true), ("model_ema", true), ("ema.shadow_params", true), ("ema.ema_model.", true), ("unet_ema", true), ("ema_0.9999_000100.pt", true),
        ("averaged_model", true), ("ema.online_model.", false), ("current_model_state", false), ("schema", false), ("model", false), ("state_dict", false),
    ])
    func averagesAreToldByTheirNames(_ label: String, _ isAveraged: Bool) { #expect(WeightChoice.speaksOfAverage(label) == isAveraged) }

    @Test func bareListsGetTheNamesOfTheModel() throws {
        func tensor(_ value: Int) -> [UInt8] { HandMadeTorch.tensor(HandMadeTorch.storage(key: "\(value)", count: 1), shape: [1], strides: [1]) }
        func file(_ root: [UInt8]) -> [UInt8] {
            HandMadeTorch.file(HandMadeTorch.pickle(root), storages: ["1": HandMadeTorch.floats([1]), "2": HandMadeTorch.floats([2]), "3": HandMadeTorch.floats([3])])
        }
        func list(_ bytes: [UInt8]) throws -> WeightSet {
            let sets = try weights(bytes)
            return try sets.named(#require(sets.sets.first { !$0.isNamed }))
        }
        // An EMA as a bare list, in the parameters' order; `sigmas` is a buffer.
        func averaged(_ model: [(String, [UInt8])], _ list: [[UInt8]]) -> [UInt8] {
            let shadow = [0x5D, 0x28] + list.joined() + [0x65]
            return file(HandMadeTorch.dictionary([("model", HandMadeTorch.dictionary(model)), ("ema", HandMadeTorch.dictionary([("shadow_params", shadow)]))]))
        }
        let model = [("module.sigmas", tensor(1)), ("module.a", tensor(1)), ("module.b", tensor(2))]
        let chosen = try list(averaged(model, [tensor(2), tensor(3)]))
        #expect(chosen.place == "ema.shadow_params" && chosen.tensors.map(\.name) == ["module.a", "module.b"])
        #expect(HandMade.complaint { try list(averaged(model, [tensor(2)])) }?.got == "1")
        let wide = HandMadeTorch.tensor(HandMadeTorch.storage(key: "3", count: 1), shape: [1, 1], strides: [1, 1])
        #expect(HandMade.complaint { try list(averaged(model, [tensor(2), wide])) }?.item == "ema.shadow_params, module.b")
    }
}
