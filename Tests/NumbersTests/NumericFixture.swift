import FoundationEssentials
import JSON
import Testing

/// Golden values of the numeric sources, made by `Tests/Fixtures/diffusion/make_goldens.py`.
enum NumericFixture {
    static func json(_ name: String) throws -> JSONValue {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appending(path: "Fixtures/diffusion/\(name)"))
        return try JSONReader().read(Array(data))
    }

    /// Eight hexadecimal digits for each float.
    static func floats(_ value: JSONValue?) throws -> [Float] {
        let digits = Array(try #require(value?.string).utf8)
        return try stride(from: 0, to: digits.count, by: 8).map { start in
            let word = String(decoding: digits[start..<(start + 8)], as: UTF8.self)
            return Float(bitPattern: try #require(UInt32(word, radix: 16)))
        }
    }

    /// Units in the last place between two floats; neighbours have distance 1, across zero too.
    static func distance(_ a: Float, _ b: Float) -> Int {
        func place(_ x: Float) -> Int {
            let pattern = Int(x.magnitude.bitPattern)
            return x.sign == .minus ? -pattern : pattern
        }
        return abs(place(a) - place(b))
    }
}
