import JSON
import Numbers
import TestSupport
import Testing

struct ElementaryFunctionsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        /// The largest error allowed, in ulps of the result: what four million random arguments showed, rounded up.
        let bound: Double
        let function: @Sendable (Double) -> Double
        var testDescription: String { name }
    }

    static let cases = [
        Case(name: "exp", bound: 0.9, function: ElementaryFunctions.exp),
        Case(name: "expm1", bound: 1.6, function: ElementaryFunctions.expm1),
        Case(name: "log", bound: 0.85, function: ElementaryFunctions.log),
        Case(name: "sin", bound: 0.8, function: ElementaryFunctions.sin),
        Case(name: "cos", bound: 0.8, function: ElementaryFunctions.cos),
        Case(name: "pow7", bound: 0.9, function: { ElementaryFunctions.pow($0, 7) }),
        Case(name: "pow1/7", bound: 0.9, function: { ElementaryFunctions.pow($0, 1 / 7.0) }),
        Case(name: "pow-2.5", bound: 0.9, function: { ElementaryFunctions.pow($0, -2.5) }),
    ]

    /// Against 300-bit arithmetic.
    @Test(arguments: cases)
    func staysWithinItsError(_ each: Case) throws {
        let fixture = try GoldenFile.json("elementary.json")
        for row in try #require(fixture[each.name]?.array) {
            let values = try #require(row.array).map { try #require($0.string.flatMap { Double($0) }) }
            let got = each.function(values[0])
            let error = ((got - values[1]) - values[2]).magnitude / values[1].ulp
            #expect(error <= each.bound, "\(each.name)(\(values[0])) = \(got), off by \(error) ulp")
        }
    }

    @Test func limitsAreThoseOfIEEE() {
        typealias E = ElementaryFunctions
        #expect(E.exp(0) == 1 && E.exp(-.infinity) == 0 && E.exp(.infinity) == .infinity && E.exp(.nan).isNaN)
        #expect(E.exp(709.782712893384) == 1.7976931348622732e308 && E.exp(709.7827128933841) == .infinity)
        #expect(E.exp(-745) == .leastNonzeroMagnitude && E.exp(-746) == 0)
        #expect(E.expm1(0) == 0 && E.expm1(-.infinity) == -1 && E.expm1(.infinity) == .infinity && E.expm1(.nan).isNaN)
        #expect(E.log(1) == 0 && E.log(0) == -.infinity && E.log(.infinity) == .infinity)
        #expect(E.log(-1).isNaN && E.log(.nan).isNaN)
        #expect(E.sin(0) == 0 && E.cos(0) == 1 && E.sin(.infinity).isNaN && E.cos(.nan).isNaN)
        #expect(E.pow(0, 2) == 0 && E.pow(0, -2) == .infinity && E.pow(.infinity, 2) == .infinity && E.pow(.infinity, -2) == 0)
        #expect(E.pow(2, .infinity) == .infinity && E.pow(0.5, .infinity) == 0 && E.pow(0.5, -.infinity) == .infinity)
        #expect(E.pow(-1, 2).isNaN && E.pow(3, 0) == 1 && E.pow(1, .infinity) == 1 && E.pow(2, 10) == 1024)
        #expect(E.pow(10, 400) == .infinity && E.pow(10, -400) == 0 && E.pow(2, .leastNonzeroMagnitude) == 1)
    }

    @Test func quartersOfATurnAreExact() {
        for (quarter, expected) in [(0.0, 1.0), (1, 0), (0, -1), (-1, 0)].enumerated() {
            let turn = ElementaryFunctions.sinCosOfTurn(UInt32(quarter) << 30)
            #expect(turn.sine == expected.0 && turn.cosine == expected.1)
        }
    }

    /// Every CPU must give these bits: a digest over a sweep of each function, written down once on x86-64.
    @Test func bitsAreTheSameEverywhere() {
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ value: Double) {
            digest = (digest ^ value.bitPattern) &* 0x100_0000_01b3
        }
        for i in 0..<20_000 {
            let x = Double(i) * 0.037 + 0.001
            add(ElementaryFunctions.exp(x - 370))
            add(ElementaryFunctions.expm1(x * 0.1 - 37))
            add(ElementaryFunctions.log(x))
            add(ElementaryFunctions.sin(x))
            add(ElementaryFunctions.cos(x))
            add(ElementaryFunctions.pow(x, 1.7))
            add(ElementaryFunctions.sinCosOfTurn(UInt32(i) &* 214_013).sine)
        }
        #expect(digest == 14_105_212_360_258_278_621)
    }

    /// In single precision they are the values of double precision, rounded once.
    @Test func singlePrecisionRoundsOnce() {
        for k in 0...40_000 {
            let x = Float(k) / 200 - 100
            let (power, wide): (Float, Double) = (ElementaryFunctions.exp(x), ElementaryFunctions.exp(Double(x)))
            #expect(power == Float(wide))
            let logarithm: Float = ElementaryFunctions.log(power)
            #expect(logarithm == Float(ElementaryFunctions.log(Double(power))))
        }
        let (zero, below): (Float, Float) = (ElementaryFunctions.log(0), ElementaryFunctions.log(-1))
        #expect(zero == -.infinity && below.isNaN)
        let (high, low): (Float, Float) = (ElementaryFunctions.exp(89), ElementaryFunctions.exp(-104))
        #expect(high == .infinity && low == 0)
    }
}
