import Testing

@testable import Tensors

/// A loss in double precision of named numbers, and its derivatives as central differences.
struct FiniteDifferences {
    /// An element of one of the arrays.
    struct Element {
        let name: String, index: Int
    }

    let values: [String: [Double]]
    /// The loss, or a part of it that holds all that the element reaches: the rest cancels in a difference.
    let loss: (_ values: [String: [Double]], _ element: Element) -> Double

    /// Small enough for the third derivative, large enough for the rounding of a sum of some thousands: 1e-9 of each.
    private static let step = 1e-5

    func derivative(_ element: Element) -> Double {
        var values = values
        let x = values[element.name]?[element.index] ?? .nan
        values[element.name]?[element.index] = x + Self.step
        let above = loss(values, element)
        values[element.name]?[element.index] = x - Self.step
        return (above - loss(values, element)) / (2 * Self.step)
    }

    /// The largest error of a gradient with respect to the array `name`, each element's relative to its size, or to a
    /// thousandth of the norm of all where that is more.
    /// - Parameter most: elements that are looked at, the first and the last among them.
    func error(of gradient: [Float], _ name: String, most: Int = 60) -> Double {
        guard let count = values[name]?.count, count == gradient.count else { return .infinity }
        let draws = ramp(most, seed: UInt64(count) &* 77 &+ UInt64(name.utf8.count))
        let drawn = draws.map { min(count - 1, Int(Double(count) * Double($0 + 1) / 2)) }
        let indices = count <= most ? Array(0..<count) : [0, count - 1] + drawn.dropFirst(2)
        let exact = indices.map { derivative(Element(name: name, index: $0)) }
        let square = exact.reduce(0) { $0 + $1 * $1 } / Double(exact.count) * Double(count)
        let floor = 1e-3 * square.squareRoot()
        return zip(indices, exact).map { index, exact in
            let difference = abs(Double(gradient[index]) - exact)
            return difference == 0 ? 0 : difference / max(abs(exact), floor)
        }.max() ?? 0
    }
}

extension FiniteDifferences {
    /// Holds every gradient against the differences, each array within 1e-4 as `error` has it.
    func expect(_ gradients: [String: [Float]], _ test: some CustomStringConvertible, most: Int = 60) {
        #expect(Set(gradients.keys) == Set(values.keys), "\(test)")
        for (name, gradient) in gradients {
            let error = error(of: gradient, name, most: most)
            #expect(error < 1e-4, "\(test), \(name): \(error)")
        }
    }
}

/// Holds that what `gradients` makes has the same bits on every tier and on one, two and three threads.
func expectSameBits(
    _ test: some CustomStringConvertible, _ gradients: (Compute) throws -> [String: [Float]]
) throws {
    let first = try gradients(Compute(threads: 1, tier: KernelTier.available[0]))
    for tier in KernelTier.available {
        for threads in 1...3 {
            let other = try gradients(Compute(threads: threads, tier: tier))
            for (name, values) in first {
                #expect(
                    other[name]?.map(\.bitPattern) == values.map(\.bitPattern),
                    "\(test), \(name): \(threads) threads, \(tier)")
            }
        }
    }
}

/// Where the gradients of a test's parameters lie: side by side, with floats between them that nobody may write to.
struct TestPlaces {
    private(set) var ranges: [String: Range<Int>] = [:]
    private(set) var count = TestPlaces.gap
    private static let gap = 7

    /// The first element of a new parameter.
    mutating func add(_ name: String, _ count: Int) -> Int {
        let start = self.count
        ranges[name] = start..<start + count
        self.count = start + count + Self.gap
        return start
    }

    /// Each parameter's gradient, of those of all.
    func split(_ gradients: [Float]) -> [String: [Float]] {
        var between = gradients
        for range in ranges.values { between.replaceSubrange(range, with: repeatElement(0, count: range.count)) }
        #expect(between.allSatisfy { $0 == 0 }, "something was written beside the parameters")
        return ranges.mapValues { Array(gradients[$0]) }
    }
}

/// What a recorded pass says of the gradients of its inputs.
final class InputGradients {
    private(set) var values: [String: [Float]] = [:]

    /// An input whose gradient is asked for, and kept under a name in the order of its `Planes`.
    /// - Parameter moments: whether it is normed.
    func input(_ name: String, _ planes: Planes, moments: Bool = false, _ pass: Pass) -> Activation {
        let (batch, channels) = (planes.batch, planes.channels)
        let x = pass.allocate(
            batch: batch, height: planes.height, width: planes.width, channels: channels, moments: moments)
        if !pass.isMeasuring {
            x.values.fill(0)
            for (index, value) in planes.values.enumerated() {
                x.values[x.offset(planes.place(of: index))] = Float(value)
            }
            if let moments = x.moments {
                for row in 0..<batch * x.height {
                    pass.kernels.moments(
                        x.rows(0, from: row), pixels: x.width, channels: x.pitch, pitch: x.pitch,
                        into: moments.from(row * 2 * x.pitch))
                }
            }
        }
        pass.record(x) { [self] gradient in
            if !pass.isMeasuring {
                #expect(values[name] == nil, "the gradient of \(name) comes a second time")
                values[name] = planes.values.indices.map { gradient.values[x.offset(planes.place(of: $0))] }
            }
            pass.release(gradient)
        }
        return x
    }
}

extension Activation {
    /// Where an element lies.
    fileprivate func offset(_ place: (image: Int, channel: Int, row: Int, column: Int)) -> Int {
        ((place.image * height + place.row) * width + place.column) * pitch + place.channel
    }
}

/// The network of a test's passes.
final class TestNetwork {}

extension Compute {
    /// Runs and rewinds what `body` makes, and holds that nothing of it is left.
    /// - Parameter coefficients: the loss's gradient with respect to the result, [batch, channels, height, width].
    func differentiate(
        _ places: TestPlaces, coefficients: [Float], dropout: Dropout? = nil,
        _ body: (Pass, InputGradients) -> Activation
    ) throws -> [String: [Float]] {
        var gradients = [Float](repeating: 0, count: places.count)
        let inputs = InputGradients()
        try runRecorded(TestNetwork(), batch: 1, height: 1, width: 1, dropout: dropout, gradients: &gradients) { pass in
            let result = body(pass, inputs), count = coefficients.count / result.batch
            pass.rewind(
                result,
                gradient: (0..<result.batch).map { Array(coefficients[$0 * count..<($0 + 1) * count]) })
            #expect(pass.held == 0)
        }
        return places.split(gradients).merging(inputs.values) { parameter, _ in parameter }
    }
}

/// Deterministic doubles that are floats, for `Planes`.
func doubles(_ count: Int, seed: UInt64) -> [Double] { ramp(count, seed: seed).map(Double.init) }
