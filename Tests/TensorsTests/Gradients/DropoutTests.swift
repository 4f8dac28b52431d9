import Numbers
import TestSupport
import Testing

@testable import Tensors

/// Dropout: what it drops forward and backward, and of what that is a function.
struct DropoutTests {
    /// The keys of three rows, of all 64 bits.
    static let keys: [UInt64] = [0, 0xFEDC_BA98_7654_3210, 7]

    /// An input without zeros.
    static func input(batch: Int, channels: Int = 16, height: Int = 28, width: Int = 28) -> Planes {
        let values = (0..<batch).flatMap { doubles(channels * height * width, seed: UInt64(3 + $0)) }
        return Planes(batch, channels, height, width, values: values.map { $0 == 0 ? 1 : $0 })
    }

    /// - Returns: "y", what is left of `x` after some dropout layers, and "x", the gradient for one that is
    ///   `coefficients`.
    static func drop(
        _ x: Planes, rate: Double, keys: [UInt64], layers: Int = 1, coefficients: [Float]? = nil, _ compute: Compute
    ) throws -> [String: [Float]] {
        let ones = coefficients ?? [Float](repeating: 1, count: x.values.count)
        var left: [Float] = []
        let gradients = try compute.differentiate(
            TestPlaces(), coefficients: ones, dropout: Dropout(rate: rate, keys: keys)
        ) { pass, inputs in
            var y = inputs.input("x", x, pass)
            for _ in 0..<layers { y = y.dropped(pass) }
            if !pass.isMeasuring { left = y.images().flatMap(\.self) }
            return y
        }
        return gradients.merging(["y": left]) { first, _ in first }
    }

    /// Whether an element of a row, counted as it lies in memory, is kept: by the generator of the program's noise.
    static func keeps(_ element: Int, key: UInt64, site: UInt32, rate: Double) -> Bool {
        let lane = element % 16, part = element / 16 % 8
        let counter = SIMD4(UInt32(element / 128 * 16 + lane), site, 0, 0)
        let word = Philox.block(counter: counter, key: key)[part / 2]
        return Double(part % 2 == 0 ? word & 0xFFFF : word >> 16) >= (rate * 65_536).rounded()
    }

    /// For each element of `x`, whether a layer keeps it.
    static func kept(_ x: Planes, rate: Double, keys: [UInt64], site: UInt32 = 0) -> [Bool] {
        let pitch = (x.channels + 15) / 16 * 16
        return x.values.indices.map { index in
            let place = x.place(of: index)
            let element = (place.row * x.width + place.column) * pitch + place.channel
            return keeps(element, key: keys[place.image], site: site, rate: rate)
        }
    }

    @Test(arguments: [0.1, 0.25, 0.5, 0.9]) func dropsWhatPhiloxSays(rate: Double) throws {
        for x in [Self.input(batch: 3), Self.input(batch: 3, channels: 20, height: 7, width: 9)] {
            let coefficients = ramp(x.values.count, seed: 99)
            let result = try Self.drop(
                x, rate: rate, keys: Self.keys, coefficients: coefficients, Compute(threads: 2))
            let scale = Float(1 / (1 - (rate * 65_536).rounded() / 65_536))
            let kept = Self.kept(x, rate: rate, keys: Self.keys)
            #expect(result["y"] == zip(x.values, kept).map { $1 ? Float($0) * scale : 0 })
            // The same elements backwards.
            #expect(result["x"] == zip(coefficients, kept).map { $1 ? $0 * scale : 0 })
        }
    }

    @Test func everyLayerHasItsOwnDraws() throws {
        let x = Self.input(batch: 3), rate = 0.25
        let result = try Self.drop(x, rate: rate, keys: Self.keys, layers: 3, Compute(threads: 2))
        let masks = (0..<3).map { Self.kept(x, rate: rate, keys: Self.keys, site: $0) }
        let all = x.values.indices.map { masks[0][$0] && masks[1][$0] && masks[2][$0] }
        #expect(result["y"]?.map { $0 != 0 } == all)
        #expect(result["x"]?.map { $0 != 0 } == all)
    }

    /// Shares of elements that are kept, by one layer and by two: as of independent draws, within five sigma.
    @Test(arguments: [0.05, 0.1, 0.25, 0.5, 0.75]) func theShareKeptIsTheRates(rate: Double) throws {
        let x = Self.input(batch: 3), rowCount = x.values.count / 3
        func within(_ count: Int, of all: Int, _ share: Double) -> Bool {
            let sigma = (share * (1 - share) * Double(all)).squareRoot()
            return abs(Double(count) - share * Double(all)) < 5 * sigma
        }
        let y = try #require(Self.drop(x, rate: rate, keys: [1, 2, 3], Compute(threads: 2))["y"]).map { $0 != 0 }
        let second = Self.kept(x, rate: rate, keys: [1, 2, 3], site: 1)
        let rows = (0..<3).map { Array(y[$0 * rowCount..<($0 + 1) * rowCount]) }
        for row in rows { #expect(within(row.count { $0 }, of: rowCount, 1 - rate)) }
        let both = (1 - rate) * (1 - rate)
        func common(_ a: some Sequence<Bool>, _ b: some Sequence<Bool>) -> Int { zip(a, b).count { $0 && $1 } }
        #expect(within(common(y, second), of: y.count, both), "two layers")
        #expect(within(common(rows[0], rows[1]), of: rowCount, both), "two rows")
        for shift in [1, 28, 784] { #expect(within(common(y, y.dropFirst(shift)), of: y.count - shift, both)) }
    }

    @Test func aRowsDrawsAreItsOwn() throws {
        let x = Self.input(batch: 3), count = x.values.count / 3, compute = Compute(threads: 2)
        let all = try Self.drop(x, rate: 0.5, keys: Self.keys, compute)
        for n in 0..<3 {
            let range = n * count..<(n + 1) * count
            let one = Planes(1, x.channels, x.height, x.width, values: Array(x.values[range]))
            let alone = try Self.drop(one, rate: 0.5, keys: [Self.keys[n]], compute)
            #expect(alone["y"] == all["y"].map { Array($0[range]) })
            #expect(alone["x"] == all["x"].map { Array($0[range]) })
        }
        #expect(try Self.drop(x, rate: 0.5, keys: Self.keys, compute) == all)
    }

    @Test func bitsDependOnNeitherThreadsNorTier() throws {
        try expectSameBits("dropout") {
            try Self.drop(Self.input(batch: 3), rate: 0.25, keys: Self.keys, layers: 2, $0)
        }
    }

    @Test func nothingIsDroppedWithoutARateOrARecord() throws {
        let x = Self.input(batch: 1), compute = Compute(threads: 1)
        let result = try Self.drop(x, rate: 0, keys: [5], compute)
        #expect(result["y"] == x.values.map { Float($0) } && result["x"]?.allSatisfy { $0 == 1 } == true)
        _ = run(compute) { pass in
            let y = pass.activation(rows: [[1, 2, 3]])
            #expect(!pass.drops && y.dropped(pass).values.address == y.values.address)
            return y
        }
    }

    /// A rate that rounds to one leaves zeros, not numbers that are none.
    @Test func aRateNextToOneLeavesNothing() throws {
        let x = Self.input(batch: 1), result = try Self.drop(x, rate: 0.999_999, keys: [5], Compute(threads: 1))
        #expect(result["y"]?.allSatisfy { $0 == 0 } == true && result["x"]?.allSatisfy { $0 == 0 } == true)
    }
}
