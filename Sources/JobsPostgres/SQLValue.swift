/// A value on its way into a statement or out of a row.
enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case boolean(Bool)
    case text(String)
    case bytes([UInt8])
    case integers([Int64])
    case texts([String])
    /// Elements that are nil are null.
    case byteStrings([[UInt8]?])

    static func text(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    static func integer(_ number: Int64?) -> SQLValue { number.map { .integer($0) } ?? .null }
    static func integer(_ number: Int) -> SQLValue { .integer(Int64(number)) }
    static func bytes(_ bytes: [UInt8]?) -> SQLValue { bytes.map { .bytes($0) } ?? .null }
}

/// Numbers of PostgreSQL's built-in types (`src/include/catalog/pg_type.dat`).
enum TypeNumber {
    static let boolean: UInt32 = 16, bytes: UInt32 = 17, name: UInt32 = 19, int8: UInt32 = 20, int2: UInt32 = 21
    static let int4: UInt32 = 23, text: UInt32 = 25, float4: UInt32 = 700, float8: UInt32 = 701
    static let varchar: UInt32 = 1_043, void: UInt32 = 2_278
    static let byteArray: UInt32 = 1_001, textArray: UInt32 = 1_009, int8Array: UInt32 = 1_016
}

// The binary forms in which values go over the wire: numbers in network order, arrays as their `recv` functions in
// `src/backend/utils/adt` read them.
extension SQLValue {
    /// The type that is said of a parameter; 0 lets the server find it out.
    var type: UInt32 {
        switch self {
        case .null: 0
        case .integer: TypeNumber.int8
        case .real: TypeNumber.float8
        case .boolean: TypeNumber.boolean
        case .text: TypeNumber.text
        case .bytes: TypeNumber.bytes
        case .integers: TypeNumber.int8Array
        case .texts: TypeNumber.textArray
        case .byteStrings: TypeNumber.byteArray
        }
    }

    /// The bytes of a parameter; nil for null.
    var encoded: [UInt8]? {
        switch self {
        case .null: nil
        case .integer(let number): Self.bigEndian(number)
        case .real(let number): Self.bigEndian(number.bitPattern)
        case .boolean(let isTrue): [isTrue ? 1 : 0]
        case .text(let text): Self.utf8(text)
        case .bytes(let bytes): bytes
        case .integers(let numbers): Self.array(numbers.map(Self.bigEndian), of: TypeNumber.int8)
        case .texts(let texts): Self.array(texts.map(Self.utf8), of: TypeNumber.text)
        case .byteStrings(let strings): Self.array(strings, of: TypeNumber.bytes)
        }
    }

    /// PostgreSQL's text holds every character but U+0000, which no word that we store has: what is looked for with
    /// one is not found.
    private static func utf8(_ text: String) -> [UInt8] {
        text.utf8.contains(0) ? text.utf8.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] } : Array(text.utf8)
    }

    private static func array(_ elements: [[UInt8]?], of type: UInt32) -> [UInt8] {
        let hasNull: Int32 = elements.contains { $0 == nil } ? 1 : 0
        // Dimensions (an empty array has none), nulls, type; then of the dimension its length and first index.
        guard !elements.isEmpty else { return bigEndian(Int32(0)) + bigEndian(hasNull) + bigEndian(type) }
        var bytes = bigEndian(Int32(1)) + bigEndian(hasNull) + bigEndian(type)
        bytes += bigEndian(Int32(clamping: elements.count)) + bigEndian(Int32(1))
        bytes.reserveCapacity(bytes.count + elements.reduce(0) { $0 + 4 + ($1?.count ?? 0) })
        for element in elements {
            bytes += bigEndian(Int32(clamping: element?.count ?? -1))
            if let element { bytes += element }
        }
        return bytes
    }

    private static func bigEndian(_ number: some FixedWidthInteger) -> [UInt8] {
        let width = number.bitWidth
        return stride(from: width - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    /// Reads a column's value.
    /// - Throws: `PostgresError` for a type that no statement of ours asks for, or a value of another length.
    init(type: UInt32, _ bytes: [UInt8]) throws(PostgresError) {
        switch type {
        case TypeNumber.int8, TypeNumber.int4, TypeNumber.int2:
            guard [2, 4, 8].contains(bytes.count) else { throw .unreadable(type: type, bytes: bytes.count) }
            let unsigned = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }, unused = UInt64(64 - 8 * bytes.count)
            self = .integer(Int64(bitPattern: unsigned << unused) >> Int64(unused))
        case TypeNumber.float8:
            guard bytes.count == 8 else { throw .unreadable(type: type, bytes: bytes.count) }
            self = .real(Double(bitPattern: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))
        case TypeNumber.boolean:
            guard bytes.count == 1 else { throw .unreadable(type: type, bytes: bytes.count) }
            self = .boolean(bytes[0] != 0)
        case TypeNumber.text, TypeNumber.varchar, TypeNumber.name:
            self = .text(String(decoding: bytes, as: UTF8.self))
        case TypeNumber.bytes: self = .bytes(bytes)
        case TypeNumber.void: self = .null
        default: throw .unreadable(type: type, bytes: bytes.count)
        }
    }
}
