/// The few objects a checkpoint is made of, out of the calls that a pickle describes. Nothing is called.
extension PickleMachine {
    /// A global of `PickleGlobal`; all others are opaque.
    mutating func global(module: String, name: String) -> PickleValue {
        if let global = PickleGlobal(rawValue: "\(module).\(name)") { return .global(global) }
        let name = "\(Self.printable(module)).\(Self.printable(name))"
        heap.opaqueNames.insert(name)
        return .opaque(name)
    }

    /// Names come from the file: no control characters, and not too long.
    private static func printable(_ name: String) -> String {
        String(
            String.UnicodeScalarView(
                name.unicodeScalars.prefix(100).map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }

    /// What `callee(*arguments)` stands for: opaque, if the callee or what it needs is.
    mutating func reduced(_ callee: PickleValue, _ arguments: PickleValue) throws(CheckpointError) -> PickleValue {
        if case .opaque = callee { return callee }
        guard case .global(let global) = callee, case .tuple(let place) = arguments else {
            throw fault(
                expected: "a known global and a tuple of its arguments",
                got: "\(callee.summary) and \(arguments.summary)")
        }
        let arguments = heap.tuples[place]
        // Of a tensor only the storage and its shape matter, of a parameter only its tensor.
        let needed = global == .rebuildTensor || global == .rebuildTensor2 ? 4 : 1
        for case .opaque(let name) in arguments.prefix(needed) { return .opaque(name) }
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
            guard case .tensor = arguments[0] else {
                throw fault(expected: "a tensor for a parameter", got: arguments[0].summary)
            }
            return arguments[0]
        default: throw fault(expected: "a global that makes a value", got: global.rawValue)
        }
    }

    private mutating func orderedDictionary(_ pairs: PickleValue?) throws(CheckpointError) -> PickleValue {
        guard let pairs else { return heap.dictionary() }
        guard let pairs = heap.elements(pairs) else { throw fault(expected: "a list of pairs", got: pairs.summary) }
        // One call may name a long list again and again.
        try spend(pairs.count)
        var members: [PickleHeap.Member] = []
        for pair in pairs {
            guard let pair = heap.elements(pair), pair.count == 2 else {
                throw fault(expected: "a pair", got: "something else")
            }
            members.append(.init(key: pair[0], value: pair[1]))
        }
        return heap.dictionary(members)
    }

    /// `_rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks)`; the last two do not matter for
    /// numbers.
    private mutating func tensor(_ arguments: [PickleValue]) throws(CheckpointError) -> TorchTensor {
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

    private mutating func sizes(_ value: PickleValue) throws(CheckpointError) -> [Int] {
        guard let elements = heap.elements(value), elements.count <= 64 else {
            throw fault(expected: "a list of at most 64 sizes", got: value.summary)
        }
        try spend(elements.count)
        var sizes: [Int] = []
        for element in elements {
            guard case .integer(let size) = element, size >= 0 else {
                throw fault(expected: "a size", got: element.summary)
            }
            sizes.append(size)
        }
        return sizes
    }

    /// A persistent id: `("storage", class, key, location, count)`, in files before torch 1.6 with a view's place after
    /// it; there also `("module", class, file, source)` for the class of a saved module. Opaque, if the class is: its
    /// elements are of no known type.
    mutating func persistent(_ identifier: PickleValue) throws(CheckpointError) -> PickleValue {
        guard case .tuple(let place) = identifier else {
            throw fault(expected: "a storage's persistent id", got: identifier.summary)
        }
        let parts = heap.tuples[place]
        if parts.count > 1, parts[0] == .text("module") || parts[0] == .text("storage"), case .opaque = parts[1] {
            return parts[1]
        }
        return .storage(try storage(parts))
    }

    private mutating func storage(_ parts: [PickleValue]) throws(CheckpointError) -> TorchStorage {
        guard parts.count == 5 || parts.count == 6 && parts[5] == .null, parts[0] == .text("storage"),
            case .global(let kind) = parts[1], let dtype = kind.elements, case .text(let key) = parts[2],
            case .integer(let count) = parts[4], count >= 0
        else {
            throw fault(
                expected: "('storage', class, key, location, count)",
                got: "(" + parts.map(\.summary).joined(separator: ", ") + ")")
        }
        heap.storageWidths[key] = dtype.bits / 8
        return TorchStorage(key: key, dtype: dtype, count: count)
    }
}
