/// The few objects a checkpoint is made of, out of the calls that a pickle describes. Nothing is called.
extension PickleMachine {
    /// - Throws: for every global but those of `PickleGlobal`, by name.
    func global(module: String, name: String) throws(CheckpointError) -> PickleValue {
        guard let global = PickleGlobal(rawValue: "\(module).\(name)") else {
            throw fault(
                expected: "only torch's tensors and plain containers",
                got: "the global \(Self.printable(module)).\(Self.printable(name)), which is refused")
        }
        return .global(global)
    }

    /// Names come from the file: no control characters, and not too long.
    private static func printable(_ name: String) -> String {
        String(String.UnicodeScalarView(name.unicodeScalars.prefix(100).map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }

    /// What `callee(*arguments)` stands for.
    mutating func reduced(_ callee: PickleValue, _ arguments: PickleValue) throws(CheckpointError) -> PickleValue {
        guard case .global(let global) = callee, case .tuple(let place) = arguments else {
            throw fault(expected: "a known global and a tuple of its arguments", got: "\(callee.summary) and \(arguments.summary)")
        }
        let arguments = heap.tuples[place]
        func require(_ counts: ClosedRange<Int>) throws(CheckpointError) {
            guard counts.contains(arguments.count) else {
                throw fault(expected: "\(counts) arguments of \(global.rawValue)", got: "\(arguments.count)")
            }
        }
        switch global {
        case .orderedDict:
            try require(0...1)
            return try orderedDictionary(arguments.first)
        case .size:
            try require(1...1)
            return heap.tuple(try sizes(arguments[0]).map { .integer($0) })
        case .rebuildTensor:
            try require(4...4)
            return .tensor(try tensor(arguments))
        case .rebuildTensor2:
            try require(6...7)
            return .tensor(try tensor(arguments))
        case .rebuildParameter, .rebuildParameterWithState:
            try require(3...4)
            guard case .tensor = arguments[0] else { throw fault(expected: "a tensor for a parameter", got: arguments[0].summary) }
            return arguments[0]
        default: throw fault(expected: "a global that makes a value", got: global.rawValue)
        }
    }

    private mutating func orderedDictionary(_ pairs: PickleValue?) throws(CheckpointError) -> PickleValue {
        guard let pairs else { return heap.dictionary() }
        guard let pairs = heap.elements(pairs) else { throw fault(expected: "a list of pairs", got: pairs.summary) }
        try spend(pairs.count)
        var members: [PickleHeap.Member] = []
        for pair in pairs {
            guard let pair = heap.elements(pair), pair.count == 2 else { throw fault(expected: "a pair", got: "something else") }
            members.append(.init(key: pair[0], value: pair[1]))
        }
        return heap.dictionary(members)
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`; the last two do not matter for numbers.
    private func tensor(_ arguments: [PickleValue]) throws(CheckpointError) -> TorchTensor {
        guard case .storage(let storage) = arguments[0], case .integer(let offset) = arguments[1] else {
            throw fault(expected: "a storage and an offset", got: "\(arguments[0].summary) and \(arguments[1].summary)")
        }
        let shape = try sizes(arguments[2]), strides = try sizes(arguments[3])
        guard let tensor = TorchTensor(storage: storage, offset: offset, shape: shape, strides: strides) else {
            throw fault(
                expected: "a tensor within the \(storage.count) elements of storage \(storage.key)",
                got: "shape \(shape), strides \(strides), offset \(offset)")
        }
        return tensor
    }

    private func sizes(_ value: PickleValue) throws(CheckpointError) -> [Int] {
        guard let elements = heap.elements(value), elements.count <= 64 else {
            throw fault(expected: "a list of at most 64 sizes", got: value.summary)
        }
        var sizes: [Int] = []
        for element in elements {
            guard case .integer(let size) = element, size >= 0 else { throw fault(expected: "a size", got: element.summary) }
            sizes.append(size)
        }
        return sizes
    }

    /// A persistent id: `("storage", class, key, location, count)`, in files before torch 1.6 with a view's place after it.
    mutating func storage(_ identifier: PickleValue) throws(CheckpointError) -> TorchStorage {
        guard case .tuple(let place) = identifier else { throw fault(expected: "a storage's persistent id", got: identifier.summary) }
        let parts = heap.tuples[place]
        guard parts.count == 5 || parts.count == 6 && parts[5] == .null, parts[0] == .text("storage"),
            case .global(let kind) = parts[1], let dtype = kind.elements, case .text(let key) = parts[2],
            case .integer(let count) = parts[4], count >= 0
        else {
            throw fault(expected: "('storage', class, key, location, count)", got: "(" + parts.map(\.summary).joined(separator: ", ") + ")")
        }
        heap.storageWidths[key] = dtype.bits / 8
        return TorchStorage(key: key, dtype: dtype, count: count)
    }
}
