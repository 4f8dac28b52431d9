import Bytes
import Diffusion
import JSON

/// Saved trajectories, as a store or a disk gives them back.
public struct HostileTrajectory {
    private let steps = TwoSteps(TinyModel.made())
    private let mutator = DocumentMutator(vocabulary: TinyModel.vocabulary)
    private let saved: [(bytes: [UInt8], inputs: RestorationInputs?)]

    public init() {
        let steps = TwoSteps(TinyModel.made())
        saved = HostileRecipe.recipes().flatMap { document, inputs -> [(bytes: [UInt8], inputs: RestorationInputs?)] in
            guard let recipe = try? Recipe(json: document), var trajectory = try? Trajectory(recipe: recipe, inputs: inputs) else {
                fatalError("a valid recipe is refused: \(document)")
            }
            let first = trajectory.serialized()
            steps.advance(&trajectory)
            return [(first, inputs), (trajectory.serialized(), inputs)]
        }
    }

    /// Fields spoilt, or bytes; the checksum is made right again.
    /// - Returns: whether the trajectory was let in.
    @discardableResult
    public func run(_ choices: inout Choices) -> Bool {
        var (bytes, inputs) = choices.pick(saved)
        spoil(&bytes, &choices)
        do {
            try steps.run(Trajectory(serialized: bytes, inputs: inputs))
            return true
        } catch { return false }
    }

    /// "PHTJ", format, length of the recipe, the recipe, and so on: see `TrajectoryArchive`.
    private static let recipeStart = 10

    private func spoil(_ bytes: inout [UInt8], _ choices: inout Choices) {
        bytes.removeLast(4)
        let length = (6..<Self.recipeStart).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
        var rest = Array(bytes[(Self.recipeStart + length)...])
        var recipe = Array(bytes[Self.recipeStart..<Self.recipeStart + length])
        if choices.below(3) == 1, let document = try? JSONReader().read(recipe).object {
            recipe = mutator.mutate(document, &choices).serialized(sortedKeys: true)
        }
        for _ in 0..<4 {
            guard choices.below(3) != 0, !rest.isEmpty else { break }
            spoilNumber(&rest, &choices)
        }
        bytes = Array(bytes[..<6]) + Self.word(UInt32(recipe.count)) + recipe + rest
        if choices.below(40) == 1 { bytes.removeLast(choices.below(bytes.count)) }
        bytes += Self.word(CRC32(of: bytes).value)
    }

    /// A word, a byte or a double somewhere: most often in the few bytes at either end, where counts and states stand.
    private func spoilNumber(_ rest: inout [UInt8], _ choices: inout Choices) {
        let near = choices.below(3) < 2
        let place = near ? choices.below(min(rest.count, 64)) : choices.below(rest.count)
        let start = choices.below(2) == 0 ? place : rest.count - 1 - place
        let width = choices.pick([1, 4, 8])
        let values: [UInt64] = [
            0, 1, 2, 3, 7, 255, 624, 625, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7F7F_FFFF, 0x7FF0_0000_0000_0000, 0x7FF8_0000_0000_0000, .max,
            UInt64(Int64.max), Double(0.5).bitPattern, Double(6).bitPattern, Double(-2).bitPattern, Double(7).bitPattern,
        ]
        let value = choices.pick(values)
        for byte in 0..<width where start + byte < rest.count { rest[start + byte] = UInt8(truncatingIfNeeded: value >> UInt64(8 * byte)) }
    }

    private static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) } }
}
