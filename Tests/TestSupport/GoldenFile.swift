import Foundation
import JSON

/// Golden values of the numeric sources, made by `Tests/Fixtures/diffusion/make_goldens.py`.
package enum GoldenFile {
    /// Something else than the script writes.
    package struct Unreadable: Error {
        package let expected: String
    }

    package static func json(_ name: String) throws -> JSONValue {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appendingPathComponent("Fixtures/diffusion/\(name)"))
        return try JSONReader().read(Array(data))
    }

    /// Floats by their bits: eight hexadecimal digits for each.
    package static func floats(_ value: JSONValue?) throws -> [Float] {
        guard let digits = value?.string.map({ Array($0.utf8) }), digits.count.isMultiple(of: 8) else {
            throw Unreadable(expected: "eight digits for each float")
        }
        return try stride(from: 0, to: digits.count, by: 8).map { start in
            let word = String(decoding: digits[start..<(start + 8)], as: UTF8.self)
            guard let bits = UInt32(word, radix: 16) else { throw Unreadable(expected: "hexadecimal digits") }
            return Float(bitPattern: bits)
        }
    }
}
