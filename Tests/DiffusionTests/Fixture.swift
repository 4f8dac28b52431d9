import Bytes
import Diffusion
import Networks
import JSON
import TestSupport
import Testing

/// Golden values made by `Tests/Fixtures/diffusion/make_goldens.py` with diffusers.
enum Fixture {
    static func cases(_ name: String) throws -> [JSONValue] {
        let value = try json(name)
        return try #require(value.array)
    }

    static func json(_ name: String) throws -> JSONValue { try GoldenFile.json(name) }

    static func floats(_ value: JSONValue?) throws -> [Float] { try GoldenFile.floats(value) }

    static func ints(_ value: JSONValue?) throws -> [Int] {
        try #require(value?.array).map { try #require($0.number?.int) }
    }

    static func configuration(_ value: JSONValue?) throws -> SchedulerConfiguration {
        let object = try #require(value?.object)
        return try SchedulerConfiguration(json: object)
    }

    static func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
        a.count == b.count ? zip(a, b).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } : .infinity
    }
}

/// The network of the golden runs: elementwise and rational, so that Python computes the same bits.
struct RationalNetwork: NoisePredictor {
    /// Whether a second half, a learned variance, follows.
    var learned = false

    func evaluate(_ rows: [UNetRow], height: Int, width: Int) -> [[Float]] {
        rows.map { row in
            let u = row.timestep / 1000
            // A class shifts the answer, so that guidance has something to do; the golden runs have none.
            var shift: Float = 0
            if case .rows(let list) = row.condition { shift = Float(list.reduce(0, +)) * 0.0625 }
            let e = row.sample.map { x in (x * (1 + u) + 0.25 * u + shift) / (1 + 0.125 * (x * x)) }
            return learned ? e + row.sample.map { x in (0.5 * x) / (1 + x * x) + 0.1 } : e
        }
    }
}

extension Recipe {
    /// A recipe for tests, of a model without classes.
    static func make(
        _ sampler: SamplerKind, steps: Int, scheduler: SchedulerConfiguration = SchedulerConfiguration(),
        size: (channels: Int, height: Int, width: Int) = (2, 5, 5)
    ) -> Recipe {
        var recipe = Recipe(
            weightsSHA256: Digest(hexadecimal: String(repeating: "0f", count: 32))!, scheduler: scheduler, width: size.width, height: size.height,
            channels: size.channels)
        (recipe.sampler, recipe.steps) = (sampler, steps)
        return recipe
    }
}
