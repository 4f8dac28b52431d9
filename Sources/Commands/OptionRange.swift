import ArgumentParser
import Checkpoints
import Diffusion
import Tensors

/// What several commands take, numbers in their ranges and names by their forms, and how anything else is refused.
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

    /// Channels that pictures are given.
    /// - Throws: `ValidationError` for others than those of grey and of colours.
    static func check(channels: Int?) throws {
        guard let channels, ![1, 3].contains(channels) else { return }
        throw ValidationError("--channels: expected 1 or 3, got \(channels).")
    }

    /// Which of a folder's weights.
    /// - Throws: `ValidationError` for what is in no file's name.
    static func check(variant: String?) throws {
        guard let variant, !WeightFiles.isVariant(variant) else { return }
        throw ValidationError("--variant: expected \(WeightFiles.variantExpectation), got \(variant).")
    }
}
