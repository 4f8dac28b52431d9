import Bytes
import JSON
import Testing

@testable import Training

/// The digests of weights after a few steps, by version of the arithmetic: `Tests/Fixtures/training/arithmetic.json`.
enum ArithmeticBits {
    /// What the steps of this program's version end in.
    static func expected(_ name: String) throws -> String {
        let versions = try Golden.json("arithmetic.json")
        return try #require(versions["\(TrainingSettings.currentArithmetic)"]?[name]?.string)
    }

    /// SHA-256 of the weights as little-endian floats.
    static func digest(_ weights: [Float]) -> String {
        var bytes: [UInt8] = []
        for weight in weights { bytes.append(littleEndian: weight.bitPattern) }
        return Digest(of: bytes).hexadecimal
    }
}
