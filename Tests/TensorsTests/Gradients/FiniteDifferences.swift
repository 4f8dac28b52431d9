import TestSupport
import Testing

import Tensors

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

    /// Errors of a gradient with respect to one array.
    struct Errors {
        /// The largest of an element, relative to its size, or to a thousandth of the norm of all where that is more.
        var worst: Double
        /// The norm of the errors over that of the derivatives.
        var norm: Double
    }

    /// - Parameter most: elements of the array `name` that are looked at, the first and the last among them.
    func errors(of gradient: [Float], _ name: String, most: Int = 60) -> Errors {
        guard let count = values[name]?.count, count == gradient.count else {
            return Errors(worst: .infinity, norm: .infinity)
        }
        let draws = ramp(most, seed: UInt64(count) &* 77 &+ UInt64(name.utf8.count))
        let drawn = draws.map { min(count - 1, Int(Double(count) * Double($0 + 1) / 2)) }
        let indices = count <= most ? Array(0..<count) : [0, count - 1] + drawn.dropFirst(2)
        let exact = indices.map { derivative(Element(name: name, index: $0)) }
        let square = exact.reduce(0) { $0 + $1 * $1 }
        let floor = 1e-3 * (square / Double(exact.count) * Double(count)).squareRoot()
        let differences = zip(indices, exact).map { abs(Double(gradient[$0]) - $1) }
        let relative = zip(differences, exact).map { $0 == 0 ? 0 : $0 / max(abs($1), floor) }
        let squares = differences.reduce(0) { $0 + $1 * $1 }
        return Errors(worst: relative.max() ?? 0, norm: squares == 0 ? 0 : (squares / square).squareRoot())
    }
}

extension FiniteDifferences {
    /// Holds every gradient against the differences.
    /// - Parameter bound: of an element's error, see `Errors`.
    func expect(
        _ gradients: [String: [Float]], _ test: some CustomStringConvertible, most: Int = 60, bound: Double = 1e-4
    ) {
        #expect(Set(gradients.keys) == Set(values.keys), "\(test)")
        for (name, gradient) in gradients {
            let errors = errors(of: gradient, name, most: most)
            #expect(errors.worst < bound && errors.norm < 1e-5, "\(test), \(name): \(errors)")
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
