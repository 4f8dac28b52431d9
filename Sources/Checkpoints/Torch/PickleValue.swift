/// What a pickle holds, as far as a checkpoint needs it. Containers live in a `PickleHeap` and are named by their place
/// there: a pickle may let them contain each other, and deep nesting must not end on the stack.
enum PickleValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    /// Little-endian two's complement, more than 8 bytes.
    case largeInteger([UInt8])
    case double(Double)
    case text(String)
    case bytes([UInt8])
    case list(Int)
    case tuple(Int)
    case dictionary(Int)
    case global(PickleGlobal)
    /// A global that is not known here, or whatever the pickle makes of one; it holds nothing but the global's name.
    case opaque(String)
    indirect case storage(TorchStorage)
    indirect case tensor(TorchTensor)

    /// What a message calls it.
    var summary: String {
        switch self {
        case .null: "None"
        case .bool(let value): value ? "True" : "False"
        case .integer(let value): "integer \(value)"
        case .largeInteger(let bytes): "an integer of \(bytes.count) bytes"
        case .double(let value): "number \(value)"
        case .text(let text): "text '\(String(text.prefix(60)))'"
        case .bytes(let bytes): "\(bytes.count) bytes"
        case .list: "a list"
        case .tuple: "a tuple"
        case .dictionary: "a dictionary"
        case .global(let global): global.rawValue
        case .opaque(let name): "an object of \(name)"
        case .storage(let storage): "storage \(storage.key)"
        case .tensor(let tensor): "a tensor of shape \(tensor.shape)"
        }
    }
}

/// The containers of a pickle.
struct PickleHeap: Sendable {
    struct Member: Sendable {
        let key: PickleValue
        let value: PickleValue
    }

    var lists: [[PickleValue]] = []
    var tuples: [[PickleValue]] = []
    /// Members in the order they were set; a key may come twice.
    var dictionaries: [[Member]] = []
    /// Bytes of one element of each storage that is referred to.
    var storageWidths: [String: Int] = [:]
    /// The globals that became opaque values.
    var opaqueNames: Set<String> = []

    mutating func list(_ elements: [PickleValue] = []) -> PickleValue {
        lists.append(elements)
        return .list(lists.count - 1)
    }

    mutating func tuple(_ elements: [PickleValue]) -> PickleValue {
        tuples.append(elements)
        return .tuple(tuples.count - 1)
    }

    mutating func dictionary(_ members: [Member] = []) -> PickleValue {
        dictionaries.append(members)
        return .dictionary(dictionaries.count - 1)
    }

    /// The elements of a list or tuple.
    func elements(_ value: PickleValue) -> [PickleValue]? {
        switch value {
        case .list(let place): lists[place]
        case .tuple(let place): tuples[place]
        default: nil
        }
    }
}

/// A pickle that has been read.
struct PickleDocument: Sendable {
    let root: PickleValue
    let heap: PickleHeap
    /// The byte after it.
    let end: Int
}

/// The globals that weights are made of. Nothing is imported or called: each stands for a value this reader makes
/// itself. All others become opaque.
enum PickleGlobal: String, Sendable, CaseIterable {
    case orderedDict = "collections.OrderedDict"
    case size = "torch.Size"
    case rebuildTensor = "torch._utils._rebuild_tensor"
    case rebuildTensor2 = "torch._utils._rebuild_tensor_v2"
    case rebuildParameter = "torch._utils._rebuild_parameter"
    case rebuildParameterWithState = "torch._utils._rebuild_parameter_with_state"
    case float = "torch.FloatStorage"
    case half = "torch.HalfStorage"
    case bfloat16 = "torch.BFloat16Storage"
    case double = "torch.DoubleStorage"
    case long = "torch.LongStorage"
    case int = "torch.IntStorage"
    case short = "torch.ShortStorage"
    case char = "torch.CharStorage"
    case byte = "torch.ByteStorage"
    case bool = "torch.BoolStorage"

    /// Element type of a storage class.
    var elements: DType? {
        switch self {
        case .float: .f32
        case .half: .f16
        case .bfloat16: .bf16
        case .double: .f64
        case .long: .i64
        case .int: .i32
        case .short: .i16
        case .char: .i8
        case .byte: .u8
        case .bool: .bool
        default: nil
        }
    }
}
