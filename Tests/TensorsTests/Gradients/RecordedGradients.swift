import TestSupport
import Testing

@testable import Tensors

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
        let one = Batch(count: 1, height: 1, width: 1)
        try runRecorded(TestNetwork(), one, dropout: dropout, gradients: &gradients) { pass in
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
