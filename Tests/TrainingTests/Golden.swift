import Foundation
import JSON
import Numbers
import Testing

/// Golden values made by `Tests/Fixtures/training/make_goldens.py`.
enum Golden {
    static func json(_ name: String) throws -> JSONValue {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try JSONReader().read(Array(Data(contentsOf: tests.appendingPathComponent("Fixtures/training/\(name)"))))
    }

    static func doubles(_ value: JSONValue?) throws -> [Double] {
        try #require(value?.array).map { try #require($0.number?.double) }
    }

    static func double(_ value: JSONValue?) throws -> Double { try #require(value?.number?.double) }

    static func floats(_ value: JSONValue?) throws -> [Float] { try doubles(value).map { Float($0) } }
}

func cosine(_ x: Double) -> Double { ElementaryFunctions.cos(x) }
func sine(_ x: Double) -> Double { ElementaryFunctions.sin(x) }
