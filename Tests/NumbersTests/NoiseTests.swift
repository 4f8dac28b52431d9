import JSON
import Numbers
import TestSupport
import Testing

struct NoiseTests {
    /// `kat_vectors` of the Random123 library, philox4x32 with 10 rounds.
    @Test func philoxGivesTheKnownAnswers() {
        typealias Words = SIMD4<UInt32>
        #expect(
            Philox.block(counter: Words(repeating: 0), key: 0)
                == Words(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            Philox.block(counter: Words(repeating: .max), key: .max)
                == Words(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            Philox.block(counter: Words(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: 0x299f_31d0_a409_3822)
                == Words(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test func numbersDependOnTheirPlaceAlone() {
        let key = NoiseKey(seed: 7, purpose: .step, step: 3)
        let long = key.normals(count: 1001)
        for count in [0, 1, 2, 3, 4, 5, 999] { #expect(key.normals(count: count) == Array(long[..<count])) }
        var others = [key, key, key, key]
        others[0].seed = 7 + 1 << 32
        others[1].purpose = .initial
        others[2].step = 4
        others[3].draw = 1
        for other in others {
            #expect(zip(other.normals(count: 1001), long).allSatisfy { $0 != $1 })
        }
    }

    /// Published seeds must keep their images: the first numbers of seed 2024 and a digest of a large draw.
    @Test func bitsAreTheSameEverywhere() {
        let numbers = NoiseKey(seed: 2024, purpose: .initial).normals(count: 100_003)
        #expect(numbers[..<5].map(\.bitPattern) == [3_186_586_205, 1_065_317_271, 1_042_028_699, 1_035_267_733, 3_215_687_413])
        let digest = numbers.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01b3 }
        #expect(digest == 15_571_876_950_250_934_852)
    }

    /// A million numbers: moments within four standard errors, shares of the tails, no correlation of neighbours.
    @Test func numbersAreStandardNormal() {
        let count = 1_000_000
        let numbers = NoiseKey(seed: 1, purpose: .initial).normals(count: count).map(Double.init)
        let n = Double(count)
        func moment(_ power: (Double) -> Double) -> Double { numbers.reduce(0) { $0 + power($1) } / n }
        #expect(moment { $0 }.magnitude < 4 / n.squareRoot())
        #expect((moment { $0 * $0 } - 1).magnitude < 4 * (2 / n).squareRoot())
        #expect(moment { $0 * $0 * $0 }.magnitude < 4 * (15 / n).squareRoot())
        #expect((moment { $0 * $0 * $0 * $0 } - 3).magnitude < 4 * (96 / n).squareRoot())
        for (limit, share) in [(1.0, 0.317310508), (2, 0.045500264), (3, 0.002699796), (4, 0.0000633425)] {
            let outside = Double(numbers.count { $0.magnitude > limit }) / n
            #expect((outside - share).magnitude < 4 * (share / n).squareRoot(), "beyond \(limit)")
        }
        for lag in 1...4 {
            let product = (0..<(count - lag)).reduce(0) { $0 + numbers[$1] * numbers[$1 + lag] } / n
            #expect(product.magnitude < 4 / n.squareRoot(), "lag \(lag)")
        }
    }

    /// The vector path against the scalar one, on random words and those at the edges of every octant.
    @Test func lanesAgreeWithTheReference() {
        let edges = (0..<8).flatMap { eighth in (0..<3).map { UInt32(eighth) << 29 &+ UInt32($0) &- 1 } }
        for i in 0..<20_000 {
            var first = Philox.block(counter: SIMD4(UInt32(i), 0, 0, 0), key: 5)
            let second = Philox.block(counter: SIMD4(UInt32(i), 1, 0, 0), key: 5)
            if i < edges.count * edges.count { first = SIMD4(edges[i / edges.count], edges[i % edges.count], first[2], first[3]) }
            let eight = NormalTransform.normals(first, second)
            let (low, high) = (NormalTransform.normals(first), NormalTransform.normals(second))
            for lane in 0..<4 {
                #expect(eight[lane].bitPattern == low[lane].bitPattern && eight[lane + 4].bitPattern == high[lane].bitPattern)
            }
        }
    }

    @Test func extremeWordsGiveFiniteNumbers() {
        for word in [0, 1, UInt32.max / 2, .max - 1, .max] {
            let four = NormalTransform.normals(SIMD4(word, 0, .max, word))
            for lane in 0..<4 { #expect(four[lane].isFinite && four[lane].magnitude < 6.8) }
        }
    }
}

struct MersenneTwisterTests {
    /// The first outputs of `mt19937ar.c` for init_genrand(5489), and its 10000th as the C++ standard demands
    /// (ISO C++ [rand.predef]).
    @Test func engineGivesTheKnownAnswers() {
        var engine = MersenneTwister(seed: 5489)
        #expect((0..<3).map { _ in engine.next() } == [3_499_211_612, 581_869_302, 3_890_346_734])
        for _ in 3..<9999 { _ = engine.next() }
        #expect(engine.next() == 4_123_659_995)
    }

    @Test func onlyTheLowHalfOfASeedCounts() {
        #expect(MersenneTwister(seed: 1 << 32 + 9) == MersenneTwister(seed: 9))
    }

    @Test func savedStateGoesOn() throws {
        var engine = MersenneTwister(seed: 3)
        for _ in 0..<700 { _ = engine.next() }
        let saved = engine.saved
        var copy = try #require(MersenneTwister(state: saved.state, position: saved.position))
        for _ in 0..<2000 { #expect(copy.next() == engine.next()) }
        #expect(MersenneTwister(state: saved.state, position: 625) == nil)
        #expect(MersenneTwister(state: [], position: 0) == nil)
    }

    /// Draws in sequence against `torch.randn`: fewer than 16 numbers, whole blocks, and a tail drawn anew.
    /// torch's single-precision functions are approximations, so bits may differ by what was measured.
    @Test func randnFollowsTorch() throws {
        var worst = 0
        let fixture = try GoldenFile.json("torch_randn.json")
        for sequence in try #require(fixture.array) {
            var generator = TorchGenerator(seed: try #require(sequence["seed"]?.string.flatMap { UInt64($0) }))
            for draw in try #require(sequence["draws"]?.array) {
                let expected = try GoldenFile.floats(draw["values"])
                let got = generator.normals(count: expected.count)
                for (a, b) in zip(got, expected) { worst = max(worst, FloatDistance.units(a, b)) }
            }
        }
        #expect(worst <= 3)
    }
}
