/// Interprets a pickle as data. Closed: it knows the opcodes of `PickleOpcode` and the globals of `PickleGlobal`, and
/// builds plain values of them. Any other global, and whatever the pickle would have made by calling it, becomes an
/// opaque value that holds its name and nothing else; an opcode that is not known is refused by its byte offset. It
/// never runs or imports anything.
///
/// Work and memory are bounded by the length of the pickle and by `maximumValues`, against which every value made
/// counts, and every element that is copied out of another.
struct PickleMachine {
    /// A pickle of 100,000 tensors has some 15 megabytes.
    static let maximumLength = 32 << 20
    static let maximumValues = 4_000_000

    var reader: ByteReader
    var heap = PickleHeap()
    private var stack: [PickleValue] = []
    /// Heights of the stack at each open mark.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var valuesLeft = PickleMachine.maximumValues
    /// Where the opcode in hand begins.
    private(set) var start = 0

    /// - Parameters:
    ///   - bytes: what holds the pickle; it begins at `offset` and ends with its STOP.
    ///   - item: what messages call it.
    init(_ bytes: [UInt8], from offset: Int = 0, path: String, item: String) {
        reader = ByteReader(bytes, from: offset, path: path, item: item)
    }

    /// Reads up to STOP. Throws `CheckpointError` with the offset of what it does not take.
    static func read(_ bytes: [UInt8], from offset: Int = 0, path: String, item: String) throws(CheckpointError)
        -> PickleDocument
    {
        var machine = PickleMachine(bytes, from: offset, path: path, item: item)
        return try machine.run()
    }

    private mutating func run() throws(CheckpointError) -> PickleDocument {
        while true {
            start = reader.offset
            let code = try reader.byte()
            guard let opcode = PickleOpcode(rawValue: code) else {
                throw fault(expected: "an opcode that holds data", got: "opcode 0x\(String(code, radix: 16))")
            }
            if opcode == .stop {
                let root = try pop()
                guard stack.isEmpty, marks.isEmpty else {
                    throw fault(expected: "one value at the end", got: "\(stack.count + 1)")
                }
                return PickleDocument(root: root, heap: heap, end: reader.offset)
            }
            if let value = try literal(opcode) {
                try push(value)
            } else {
                try execute(opcode)
            }
        }
    }

    func fault(expected: String, got: String) -> CheckpointError {
        reader.fault(at: start, expected: expected, got: got)
    }

    // MARK: The stack

    mutating func push(_ value: PickleValue) throws(CheckpointError) {
        try spend(1)
        stack.append(value)
    }

    /// Counts values that are made, or copied.
    mutating func spend(_ count: Int) throws(CheckpointError) {
        guard count <= valuesLeft else { throw fault(expected: "at most \(Self.maximumValues) values", got: "more") }
        valuesLeft -= count
    }

    /// Takes the top value, never one below the last mark.
    mutating func pop() throws(CheckpointError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw fault(expected: "a value on the stack", got: "none")
        }
        return value
    }

    func top() throws(CheckpointError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.last else {
            throw fault(expected: "a value on the stack", got: "none")
        }
        return value
    }

    /// Takes everything above the last mark, and the mark.
    mutating func popMark() throws(CheckpointError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw fault(expected: "a mark on the stack", got: "none") }
        let values = Array(stack[mark...])
        stack.removeSubrange(mark...)
        return values
    }

    private mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleValue] {
        var values: [PickleValue] = []
        for _ in 0..<count { values.append(try pop()) }
        return values.reversed()
    }

    // MARK: Opcodes

    private mutating func execute(_ opcode: PickleOpcode) throws(CheckpointError) {
        switch opcode {
        case .proto:
            let version = try reader.integer(1)
            guard (2...5).contains(version) else { throw fault(expected: "pickle protocol 2 to 5", got: "\(version)") }
        case .frame: _ = try reader.integer(8)
        case .mark:
            guard marks.count < 1_000_000 else { throw fault(expected: "fewer marks", got: "\(marks.count)") }
            marks.append(stack.count)
        case .pop:
            if let mark = marks.last, mark == stack.count { marks.removeLast() } else { _ = try pop() }
        case .popMark: _ = try popMark()
        case .dup: try push(try top())
        case .binGet: try push(try remembered(try reader.integer(1)))
        case .longBinGet: try push(try remembered(try reader.integer(4)))
        case .binPut: memo[try reader.integer(1)] = try top()
        case .longBinPut: memo[try reader.integer(4)] = try top()
        case .memoize: memo[memo.count] = try top()
        case .append: try append([try pop()])
        case .appends: try append(try popMark())
        case .setItem: try set(try pop(2))
        case .setItems: try set(try popMark())
        case .tuple: try push(heap.tuple(try popMark()))
        case .tuple1: try push(heap.tuple(try pop(1)))
        case .tuple2: try push(heap.tuple(try pop(2)))
        case .tuple3: try push(heap.tuple(try pop(3)))
        case .list: try push(heap.list(try popMark()))
        case .dict:
            let members = try popMark()
            try push(heap.dictionary())
            try set(members)
        default: try executeObject(opcode)
        }
    }

    private func remembered(_ place: Int) throws(CheckpointError) -> PickleValue {
        guard let value = memo[place] else { throw fault(expected: "a value remembered as \(place)", got: "none") }
        return value
    }
}
