import Bytes
import Numbers

/// Why saved bytes are not a trajectory that can go on here.
public enum TrajectoryArchiveError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Not such bytes, cut short, or changed: what is wrong and at which byte.
    case damaged(String, offset: Int)
    /// Written by another version of the format.
    case version(Int, expected: Int)
    /// The bytes are of another recipe than the one expected.
    case otherRecipe

    public var description: String {
        switch self {
        case .damaged(let what, let offset): "saved trajectory: \(what) at byte \(offset)"
        case .version(let got, let expected): "saved trajectory: expected format \(expected), got \(got)"
        case .otherRecipe: "saved trajectory: expected the recipe of this job, got another"
        }
    }
}

/// The bytes of a trajectory, all little-endian: "PHTJ", format (u16), recipe (u32 length, canonical JSON), index
/// (u32), latent (u32 count, f32 bits), history (u8 count, each as the latent), of samplers that choose their steps
/// their control (u8 4, f64 bits of `StepControl.stored`), noise (u8: 0 philox; 1 torch: 624 u32, position u16, u8
/// whether a normal is kept and its f64 bits), CRC-32 of everything before.
extension Trajectory {
    static let archiveMagic: [UInt8] = Array("PHTJ".utf8)
    static let archiveFormat: UInt16 = 1

    /// A compact, complete record: `init(serialized:)` goes on from it bit for bit.
    public func serialized() -> [UInt8] {
        var writer = ArchiveWriter(reserving: 4 * recipe.count * (1 + state.history.count) + 8192)
        writer.bytes += Self.archiveMagic
        writer.write(Self.archiveFormat)
        let recipeBytes = recipe.canonical
        writer.write(UInt32(recipeBytes.count))
        writer.bytes += recipeBytes
        writer.write(UInt32(index))
        writer.write(state.latent)
        writer.write(UInt8(state.history.count))
        for prediction in state.history { writer.write(prediction) }
        if let control = state.control { writer.write(control) }
        writer.write(noise.state)
        writer.write(CRC32(of: writer.bytes).value)
        return writer.bytes
    }

    /// The trajectory that `serialized` wrote.
    ///
    /// - Parameters:
    ///   - run: the run that it must be of; what that holds beside its recipe is not among the bytes.
    ///   - seed: the seed of the image that it must be of.
    /// - Throws: `TrajectoryArchiveError`; or what reading another recipe throws.
    public init(serialized bytes: [UInt8], of run: Run, seed: UInt64) throws {
        let expected = run.recipe(seed: seed).canonical
        try self.init(serialized: bytes, seed: seed) { recipe in
            // Another layout of the same JSON is the same recipe.
            guard try recipe == expected || Recipe(bytes: recipe).canonical == expected else {
                throw TrajectoryArchiveError.otherRecipe
            }
            return run
        }
    }

    /// The trajectory that `serialized` wrote, of whatever recipe it says.
    ///
    /// - Parameter inputs: as `Run` takes them; they are not among the bytes.
    /// - Throws: `TrajectoryArchiveError`; or what reading the recipe and making its run throws.
    public init(serialized bytes: [UInt8], inputs: RestorationInputs? = nil) throws {
        try self.init(serialized: bytes, seed: nil) { try Run(Recipe(bytes: $0), inputs: inputs) }
    }

    /// - Parameters:
    ///   - seed: of the image; nil takes the recipe's.
    ///   - makeRun: the run of the bytes of a recipe.
    private init(serialized bytes: [UInt8], seed: UInt64?, _ makeRun: ([UInt8]) throws -> Run) throws {
        var reader = try ArchiveReader(bytes, magic: Self.archiveMagic, format: Self.archiveFormat)
        let run = try makeRun(reader.bytes(count: Int(reader.read(UInt32.self))))
        let (recipe, seed) = (run.recipe, seed ?? run.recipe.seed)
        let index = Int(try reader.read(UInt32.self))
        var state = SamplerState(latent: try reader.floats(count: recipe.count))
        for _ in 0..<(try reader.read(UInt8.self)) { state.history.append(try reader.floats(count: recipe.count)) }
        if run.sampler.adaptive != nil { state.control = try reader.control() }
        let noise = Noise(seed: seed, state: try reader.noise(recipe.noise))
        try reader.finish()
        self.init(run, seed: seed, state: state, noise: noise, index: index)
        guard index <= sampler.evaluations, hasPossibleState else {
            throw reader.damage("a step or a history that this run does not have")
        }
    }

    private var hasPossibleState: Bool {
        sampler.adaptive?.accepts(state) ?? (state.history.count == sampler.historyCount(index))
    }
}

extension ArchiveWriter {
    fileprivate mutating func write(_ control: StepControl) {
        let numbers = control.stored
        write(UInt8(numbers.count))
        for number in numbers { write(number.bitPattern) }
    }

    fileprivate mutating func write(_ noise: Noise.State) {
        guard case .torch(let generator) = noise else { return write(0 as UInt8) }
        write(1 as UInt8)
        let saved = generator.engine.saved
        for word in saved.state { write(word) }
        write(UInt16(saved.position))
        write(UInt8(generator.cachedNormal == nil ? 0 : 1))
        write((generator.cachedNormal ?? 0).bitPattern)
    }
}

extension ArchiveReader {
    /// The place in the run of a sampler that chooses its steps.
    fileprivate mutating func control() throws(TrajectoryArchiveError) -> StepControl {
        var numbers: [Double] = []
        for _ in 0..<(try read(UInt8.self)) { numbers.append(Double(bitPattern: try read(UInt64.self))) }
        guard let control = StepControl(stored: numbers) else { throw damage("a place that no run comes to") }
        return control
    }

    /// The generator's state, of the source that the recipe names.
    fileprivate mutating func noise(_ source: NoiseSource) throws(TrajectoryArchiveError) -> Noise.State {
        guard try read(UInt8.self) == (source == .philox ? 0 : 1) else { throw damage("another source of noise") }
        guard source == .torch else { return .philox }
        var words: [UInt32] = []
        for _ in 0..<MersenneTwister.size { words.append(try read(UInt32.self)) }
        let position = Int(try read(UInt16.self))
        let keeps = try read(UInt8.self) != 0
        let kept = Double(bitPattern: try read(UInt64.self))
        guard let engine = MersenneTwister(state: words, position: position) else {
            throw damage("a generator's position")
        }
        return .torch(TorchGenerator(engine: engine, cachedNormal: keeps ? kept : nil))
    }
}
