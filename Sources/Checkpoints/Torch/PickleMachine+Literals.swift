extension PickleMachine {
    /// The value an opcode spells out; nil if it is of another kind.
    mutating func literal(_ opcode: PickleOpcode) throws(CheckpointError) -> PickleValue? {
        switch opcode {
        case .none: return .null
        case .newTrue: return .bool(true)
        case .newFalse: return .bool(false)
        case .binInt: return .integer(Int(Int32(truncatingIfNeeded: try reader.integer(4))))
        case .binInt1: return .integer(try reader.integer(1))
        case .binInt2: return .integer(try reader.integer(2))
        case .long1: return long(try reader.bytes(try reader.integer(1)))
        case .long4: return long(try reader.bytes(try reader.integer(4)))
        case .binFloat:
            // The one big-endian field of the format.
            let bits = try reader.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return .double(Double(bitPattern: bits))
        case .shortBinUnicode: return .text(try reader.text(try reader.integer(1)))
        case .binUnicode: return .text(try reader.text(try reader.integer(4)))
        case .binUnicode8: return .text(try reader.text(try reader.integer(8)))
        // The text of Python 2.
        case .shortBinString: return .text(try reader.text(try reader.integer(1)))
        case .binString: return .text(try reader.text(try reader.integer(4)))
        case .shortBinBytes: return .bytes(try reader.bytes(try reader.integer(1)))
        case .binBytes: return .bytes(try reader.bytes(try reader.integer(4)))
        case .binBytes8, .byteArray8: return .bytes(try reader.bytes(try reader.integer(8)))
        case .emptySet: return .opaque("builtins.set")
        case .emptyList: return heap.list()
        case .emptyDict: return heap.dictionary()
        case .emptyTuple: return heap.tuple([])
        default: return nil
        }
    }

    /// Little-endian two's complement.
    private func long(_ bytes: [UInt8]) -> PickleValue {
        guard bytes.count <= 8 else { return .largeInteger(bytes) }
        let sign: Int64 = bytes.last.map { $0 >= 0x80 } == true ? -1 : 0
        return .integer(Int(bytes.reversed().reduce(sign) { $0 << 8 | Int64($1) }))
    }
}
