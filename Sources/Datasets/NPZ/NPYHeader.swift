import Bytes

/// The header of a NumPy array in a file (NEP 1): its type, order and shape.
struct NPYHeader: Equatable {
    /// The types that pixels and labels have.
    enum Element: String {
        case uint8 = "|u1"
        case int8 = "|i1"
        case uint16 = "<u2"
        case int16 = "<i2"
        case int32 = "<i4"
        case int64 = "<i8"
        case bigUInt16 = ">u2"

        var size: Int {
            switch self {
            case .uint8, .int8: 1
            case .uint16, .int16, .bigUInt16: 2
            case .int32: 4
            case .int64: 8
            }
        }
    }

    let element: Element
    let shape: [Int]
    /// Bytes before the first element.
    let length: Int

    /// Elements of the whole array.
    var count: Int { shape.reduce(1, *) }

    /// Bytes that hold every header of a sound file.
    static let mostBytes = 65_536

    /// - Parameters:
    ///   - bytes: the beginning of the array's file, `mostBytes` or all of it.
    ///   - size: bytes of the whole file, which the header must account for.
    ///   - item: names the array in messages.
    /// - Throws: `DatasetError` for an array of objects, by name, for one in Fortran order, or a size that is not so.
    init(_ bytes: [UInt8], size: Int, path: String, item: String) throws(DatasetError) {
        func refuse(_ expected: String, _ got: String, _ remedy: String? = nil) -> DatasetError {
            DatasetError(path: path, item: item, expected: expected, got: got, remedy: remedy)
        }
        guard bytes.count >= 10, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
            throw refuse("a NumPy array", "something else")
        }
        let isLong = bytes[6] >= 2
        guard (1...3).contains(bytes[6]), !isLong || bytes.count >= 12 else {
            throw refuse("version 1 to 3 of NumPy's format", "\(bytes[6])")
        }
        let start = isLong ? 12 : 10
        let length =
            isLong ? Int(UInt32(littleEndianBytes: bytes[8..<12])) : Int(UInt16(littleEndianBytes: bytes[8..<10]))
        guard length <= bytes.count - start else {
            throw refuse("a header within the first \(bytes.count) bytes", "one of \(length)")
        }
        let text = String(decoding: bytes[start..<start + length], as: UTF8.self)
        guard let type = Self.word(after: "'descr'", in: text),
            let order = Self.flag(after: "'fortran_order'", in: text),
            let shape = Self.shape(in: text)
        else { throw refuse("descr, fortran_order and shape in the header", String(text.prefix(80))) }
        guard !type.contains("O") else {
            throw refuse(
                "numbers", "an array of objects (\(type))", "objects run code when they are read: save numbers")
        }
        guard let element = Element(rawValue: type) else { throw refuse("whole numbers of 8 to 64 bits", type) }
        guard !order || shape.count <= 1 else { throw refuse("C order", "Fortran order") }
        var count = element.size
        for side in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: side)
            guard !overflow else { throw refuse("a size that is a number", "\(shape)") }
            count = product
        }
        guard count == size - start - length else {
            throw refuse("\(count) bytes, as \(shape) of \(type) takes", "\(size - start - length)")
        }
        (self.element, self.shape, self.length) = (element, shape, start + length)
    }

    private static func value(after key: String, in text: String) -> Substring? {
        guard let range = text.firstRange(of: key) else { return nil }
        return text[range.upperBound...].drop { $0 == " " || $0 == ":" }
    }

    private static func word(after key: String, in text: String) -> String? {
        guard let value = value(after: key, in: text), value.first == "'" else { return nil }
        let word = value.dropFirst().prefix { $0 != "'" }
        return word.count < value.count - 1 ? String(word) : nil
    }

    private static func flag(after key: String, in text: String) -> Bool? {
        guard let value = value(after: key, in: text) else { return nil }
        return value.hasPrefix("True") ? true : value.hasPrefix("False") ? false : nil
    }

    private static func shape(in text: String) -> [Int]? {
        guard let value = value(after: "'shape'", in: text), value.first == "(" else { return nil }
        let inside = value.dropFirst().prefix { $0 != ")" }
        guard inside.count < value.count - 1 else { return nil }
        var sides: [Int] = []
        for field in inside.split(separator: ",") {
            let digits = field.filter { $0 != " " }
            if digits.isEmpty { continue }
            guard let side = Int(digits), side >= 0 else { return nil }
            sides.append(side)
        }
        return sides.count <= 8 ? sides : nil
    }
}
