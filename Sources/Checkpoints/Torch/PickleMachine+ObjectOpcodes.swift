extension PickleMachine {
    /// The opcodes by which pickles make objects.
    mutating func executeObject(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .global: try push(global(module: try reader.line(), name: try reader.line()))
        case .stackGlobal:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw fault(expected: "a module and a name", got: "other values")
            }
            try push(global(module: module, name: name))
        case .reduce, .newObject:
            let arguments = try pop(), callee = try pop()
            try push(try reduced(callee, arguments))
        case .newObjectKeywords:
            _ = try pop()
            let arguments = try pop(), callee = try pop()
            try push(try reduced(callee, arguments))
        case .object:
            let parts = try popMark()
            guard let callee = parts.first else { throw fault(expected: "a class and its arguments", got: "nothing") }
            try push(try reduced(callee, heap.tuple(Array(parts.dropFirst()))))
        case .instance:
            let callee = global(module: try reader.line(), name: try reader.line())
            try push(try reduced(callee, heap.tuple(try popMark())))
        case .binPersID: try push(try persistent(try pop()))
        case .build:
            _ = try pop()
            switch try top() {
            // An OrderedDict's attributes, which torch uses for module versions: nothing a weight needs.
            case .dictionary, .opaque: break
            case let value: throw fault(expected: "state of a dictionary or an object", got: value.summary)
            }
        case .frozenSet:
            _ = try popMark()
            try push(.opaque("builtins.frozenset"))
        case .addItems:
            _ = try popMark()
            guard case .opaque = try top() else { throw fault(expected: "a set to add to", got: try top().summary) }
        default:
            throw fault(expected: "an opcode that holds data", got: "opcode 0x\(String(opcode.rawValue, radix: 16))")
        }
    }
}
