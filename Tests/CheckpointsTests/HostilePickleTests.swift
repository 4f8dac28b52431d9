import Checkpoints
import Testing

@Suite("Hostile pickles")
struct HostilePickleTests {
    private func complaint(_ pickle: [UInt8]) throws -> CheckpointError? {
        try Places.withFolder { folder in
            try Places.write(HandMadeTorch.file(pickle), to: folder + "/x.pt")
            return HandMade.complaint { try TorchFile(path: folder + "/x.pt") }
        }
    }

    /// What is said of a file that is read and holds no weights.
    private func noWeights(_ pickle: [UInt8], storages: [String: [UInt8]] = [:]) throws -> CheckpointError? {
        try Places.withFolder { folder in
            try Places.write(HandMadeTorch.file(pickle, storages: storages), to: folder + "/x.pt")
            return HandMade.complaint { try WeightSets(TorchFile(path: folder + "/x.pt")).single() }
        }
    }

    /// Whatever a pickle could have run stands for nothing but its name: it is not run, and no weight.
    @Test(arguments: [
        ("cos\nsystem\n(X\u{4}\0\0\0truetR", "os.system"), ("cposix\nsystem\n", "posix.system"), ("c__builtin__\neval\n", "__builtin__.eval"),
        ("cbuiltins\ngetattr\n", "builtins.getattr"), ("ctorch\nload\n", "torch.load"), ("ctorch.FloatStorage\n__class__\n", "torch.FloatStorage.__class__"),
        ("ccollections\nOrderedDict.fromkeys\n", "collections.OrderedDict.fromkeys"), ("cnumpy.core.multiarray\nscalar\n", "numpy.core.multiarray.scalar"),
        ("c\u{1B}[2J\nx\n", "\u{FFFD}[2J.x"), ("]cos\nsystem\na", nil),
        // INST, OBJ, NEWOBJ, NEWOBJ_EX, and BUILD, APPEND, SETITEM, ADDITEMS on what they made.
        ("(ios\nsystem\n", "os.system"), ("(cos\nsystem\nNo", "os.system"), ("cos\nsystem\n)\u{81}", "os.system"), ("cos\nsystem\n)}\u{92}", "os.system"),
        ("cos\nsystem\n)R}b", "os.system"), ("cos\nsystem\n)RNa", "os.system"), ("cos\nsystem\n)RNNs", "os.system"), ("cos\nsystem\n)R(N\u{90}", "os.system"),
        ("(N\u{91}", "builtins.frozenset"), ("\u{8F}(N\u{90}", "builtins.set"),
    ] as [(String, String?)])
    func globalsAreOpaque(_ body: String, _ name: String?) throws {
        let pickle = HandMadeTorch.pickle(body.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })
        let refusal = try #require(try noWeights(pickle))
        let expected = name.map { "an object of \($0), whose contents only its own code can tell: save model.state_dict() instead of it" } ?? "none in a list"
        #expect(refusal.got == expected, "\(refusal)")
    }

    @Test func globalsFromTheStackAreOpaque() throws {
        let body = HandMadeTorch.text("os") + HandMadeTorch.text("system") + [0x93]
        #expect(try noWeights(HandMadeTorch.pickle(body))?.got.hasPrefix("an object of os.system") == true)
        #expect(try complaint(HandMadeTorch.pickle([0x4E, 0x4E, 0x93]))?.expected == "a module and a name")
    }

    /// What a weight would be made of.
    @Test(arguments: [
        HandMadeTorch.tensor(HandMadeTorch.storage("ComplexFloatStorage", count: 1), shape: [1], strides: [1]),
        HandMadeTorch.tensor(HandMadeTorch.global("numpy", "array"), shape: [1], strides: [1]),
        HandMadeTorch.global("torch._utils", "_rebuild_parameter") + HandMadeTorch.tuple([HandMadeTorch.global("a", "b"), [0x88], [0x4E]]) + [0x52],
    ])
    func opaqueWeightsAreNoWeights(_ tensor: [UInt8]) throws {
        let real = HandMadeTorch.tensor(HandMadeTorch.storage(count: 1), shape: [1], strides: [1])
        let pickle = HandMadeTorch.pickle(HandMadeTorch.dictionary([("a", real), ("b", tensor)]))
        let refusal = try #require(try noWeights(pickle, storages: ["0": [0, 0, 0, 0]]))
        #expect(refusal.item == "b" && refusal.got.hasPrefix("an object of "), "\(refusal)")
    }

    /// Opcodes that reach outside, or are of protocol 0, do not exist here.
    @Test(arguments: [0x82, 0x83, 0x84, 0x50, 0x97, 0x98, 0x49, 0x46, 0x53, 0x56, 0x4C, 0x70, 0x67, 0x00, 0xFF])
    func otherOpcodesAreRefused(_ opcode: UInt8) throws {
        let refusal = try #require(try complaint(HandMadeTorch.pickle([0x4E, opcode, 0x4E])))
        #expect(refusal.item == "data.pkl, byte 3" && refusal.got == "opcode 0x\(String(opcode, radix: 16))")
    }

    /// Few bytes that name a long list, or a shape, again and again: what is copied counts.
    @Test func copiesAreCounted() throws {
        let pairs: [UInt8] = [0x5D, 0x28] + (0..<100_000).flatMap { _ in [0x4E, 0x4E, 0x86] as [UInt8] } + [0x65, 0x71, 0]
        let ordered = HandMadeTorch.global("collections", "OrderedDict") + [0x71, 1]
        let again: [UInt8] = (0..<100).flatMap { _ in [0x68, 1, 0x68, 0, 0x85, 0x52] as [UInt8] }
        #expect(try complaint(HandMadeTorch.pickle(pairs + ordered + again))?.expected == "at most 4000000 values")
        let ones = HandMadeTorch.tuple([[UInt8]](repeating: [0x4B, 1], count: 64)) + [0x71, 0]
        let storage = HandMadeTorch.storage(count: 1) + [0x71, 1], rebuild = HandMadeTorch.global("torch._utils", "_rebuild_tensor_v2") + [0x71, 2]
        let tensor: [UInt8] = [0x68, 2, 0x28, 0x68, 1, 0x4B, 0, 0x68, 0, 0x68, 0, 0x89, 0x4E, 0x74, 0x52]
        let many = [[UInt8]](repeating: tensor, count: 40_000).flatMap { $0 }
        #expect(try complaint(HandMadeTorch.pickle(ones + storage + rebuild + many))?.expected == "at most 4000000 values")
    }

    /// Known globals do only what torch does with them.
    @Test(arguments: [
        (HandMadeTorch.global("torch", "FloatStorage") + [0x29, 0x52], "torch.FloatStorage"),
        (HandMadeTorch.global("torch._utils", "_rebuild_tensor_v2") + [0x29, 0x52], "0"),
        (HandMadeTorch.global("torch._utils", "_rebuild_parameter") + HandMadeTorch.tuple([[0x4E], [0x88], [0x4E]]) + [0x52], "None"),
        (HandMadeTorch.global("collections", "OrderedDict") + HandMadeTorch.tuple([[0x4E]]) + [0x52], "None"),
        (HandMadeTorch.global("torch", "Size") + HandMadeTorch.tuple([HandMadeTorch.text("x")]) + [0x52], "text 'x'"),
        ([0x4E, 0x29, 0x52], "None and a tuple"),
        (HandMadeTorch.global("torch", "Size") + [0x4E, 0x52], "torch.Size and None"),
        ([0x5D, 0x7D, 0x62], "a list"),
        ([0x4E, 0x51], "None"),
        (HandMadeTorch.tuple([HandMadeTorch.text("storage"), [0x4E], HandMadeTorch.text("0"), HandMadeTorch.text("cpu"), [0x4B, 1]]) + [0x51],
         "(text 'storage', None, text '0', text 'cpu', integer 1)"),
    ])
    func callsAreChecked(_ body: [UInt8], _ got: String) throws {
        #expect(try complaint(HandMadeTorch.pickle(body))?.got == got)
    }

    /// The stack, the marks and the memo: nothing is taken that is not there.
    @Test(arguments: [
        ([], "a value on the stack", "none"),
        ([0x30], "a value on the stack", "none"),
        ([0x4E, 0x28, 0x61], "a value on the stack", "none"),
        ([0x5D, 0x28, 0x4E, 0x73], "a value on the stack", "none"),
        ([0x74], "a mark on the stack", "none"),
        ([0x31], "a mark on the stack", "none"),
        ([0x28, 0x30, 0x74], "a mark on the stack", "none"),
        ([0x4E, 0x4E], "one value at the end", "2"),
        ([0x28, 0x4E], "one value at the end", "1"),
        ([0x68, 5], "a value remembered as 5", "none"),
        ([0x71, 0], "a value on the stack", "none"),
        ([0x4E, 0x4E, 0x61], "a list to append to", "None"),
        ([0x5D, 0x4E, 0x4E, 0x73], "a dictionary to set items of", "a list"),
        ([0x7D, 0x28, 0x4E, 0x75], "keys and values in pairs", "1 values"),
        ([0x80, 6], "pickle protocol 2 to 5", "6"),
        ([0x58, 0xFF, 0xFF, 0xFF, 0x7F], "2147483647 more bytes", "1"),
        ([0x58, 1, 0, 0, 0, 0xFF], "UTF-8", "other bytes"),
        ([0x8D, 0, 0, 0, 0, 0, 0, 0, 0x80], "at most 9223372036854775807", "9223372036854775808"),
        ([0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "9223372036854775807 more bytes", "1"),
        ([0x8A, 0xFF], "255 more bytes", "1"),
        ([0x63], "a line of at most 1024 bytes", "none"),
    ] as [([UInt8], String, String)])
    func theMachineIsChecked(_ body: [UInt8], _ expected: String, _ got: String) throws {
        let refusal = try #require(try complaint(HandMadeTorch.pickle(body)))
        #expect(refusal.expected == expected && refusal.got == got, "\(refusal)")
    }

    @Test func thePickleEndsWithItsStop() throws {
        #expect(try complaint([0x80, 2, 0x4E])?.expected == "1 more bytes")
        #expect(try complaint([])?.expected == "1 more bytes")
    }

    /// Containers within themselves, and a hundred thousand deep, are read and hold no weights: no endless walk, no overflow of the stack.
    @Test func cyclesAndDepthEndWell() throws {
        func none(_ body: [UInt8]) throws -> String? { try noWeights(HandMadeTorch.pickle(body))?.got }
        // a = []; a.append(a)
        #expect(try none([0x5D, 0x71, 0, 0x68, 0, 0x61]) == "none in a list")
        // d = {}; d["x"] = d
        #expect(try none([0x7D, 0x71, 0] + HandMadeTorch.text("x") + [0x68, 0, 0x73]) == "none in a dictionary")
        let depth = 100_000
        #expect(try none([UInt8](repeating: 0x5D, count: depth) + [UInt8](repeating: 0x61, count: depth - 1)) == "none in a list")
        // Thirty lists, each holding the one before it twice: 2^30 paths, thirty lists.
        var doubled: [UInt8] = [0x5D]
        for _ in 0..<30 { doubled += [0x71, 0, 0x30, 0x5D, 0x68, 0, 0x61, 0x68, 0, 0x61] }
        #expect(try none(doubled) == "none in a list")
        #expect(try complaint(HandMadeTorch.pickle([UInt8](repeating: 0x28, count: 1_100_000)))?.expected == "fewer marks")
        #expect(try complaint(HandMadeTorch.pickle([UInt8](repeating: 0x4E, count: 4_000_001)))?.expected == "at most 4000000 values")
    }
}
