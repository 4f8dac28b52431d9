import ArgumentParser
import Diffusion
import Tensors

/// The ranges of numbers that several commands take, and how one beyond its range is refused.
enum OptionRange {
    static let threads = 1...Compute.mostThreads
    /// Rows of one evaluation.
    static let batch = 1...1024
    /// Pixels of a side, as recipes have them.
    static let side = Recipe.sides

    /// - Throws: `ValidationError` naming the option, its range and what was given.
    static func check<Number: Comparable>(_ option: String, _ value: Number?, in range: ClosedRange<Number>) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError("\(option): expected \(range.lowerBound) to \(range.upperBound), got \(value).")
    }
}
