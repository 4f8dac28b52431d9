import Numbers

/// Where noise comes from.
public enum NoiseSource: String, Sendable, CaseIterable {
    /// Counter-based: a number depends on seed, purpose, step and place alone.
    case philox
    /// torch's CPU generator, seeded per image: seeds published with torch give the same image.
    case torch
}

/// The noise of one image. Only the torch source has a state; it is drawn in torch's order: x_T, then one draw for each
/// step that needs noise.
struct Noise: Sendable, Equatable {
    enum State: Sendable, Equatable {
        case philox
        case torch(TorchGenerator)
    }

    let seed: UInt64
    private(set) var state: State

    init(_ source: NoiseSource, seed: UInt64) {
        self.seed = seed
        state = source == .philox ? .philox : .torch(TorchGenerator(seed: seed))
    }

    /// Makes the source again as it was saved.
    init(seed: UInt64, state: State) {
        self.seed = seed
        self.state = state
    }

    /// Standard normal numbers for x_T.
    mutating func initial(count: Int) -> [Float] { draw(NoiseKey(seed: seed, purpose: .initial), count: count) }

    /// Standard normal numbers for a step.
    mutating func step(_ index: Int, count: Int) -> [Float] {
        draw(NoiseKey(seed: seed, purpose: .step, step: UInt32(truncatingIfNeeded: index)), count: count)
    }

    /// Standard normal numbers for a move back up the schedule after a step, several of them by number.
    mutating func forward(_ index: Int, draw: Int = 0, count: Int) -> [Float] {
        let key = NoiseKey(
            seed: seed, purpose: .forward, step: UInt32(truncatingIfNeeded: index),
            draw: UInt32(truncatingIfNeeded: draw))
        return self.draw(key, count: count)
    }

    /// Standard normal numbers added before an evaluation.
    mutating func perturbation(_ index: Int, count: Int) -> [Float] {
        draw(NoiseKey(seed: seed, purpose: .step, step: UInt32(truncatingIfNeeded: index), draw: 1), count: count)
    }

    private mutating func draw(_ key: NoiseKey, count: Int) -> [Float] {
        switch state {
        case .philox: return key.normals(count: count)
        case .torch(var generator):
            let numbers = generator.normals(count: count)
            state = .torch(generator)
            return numbers
        }
    }
}
