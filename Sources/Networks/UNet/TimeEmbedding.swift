import Numbers
import Tensors

/// Turns timesteps into the vector every resnet is told: sinusoids (Vaswani et al. 2017, section 3.5), random Fourier
/// features (Tancik et al. 2020) or a learned table, then linear, SiLU, linear.
struct TimeEmbedding: Sendable {
    private let features: Features
    private let linear1: Convolution, linear2: Convolution

    private enum Features: Sendable {
        case positional(width: Int, flipSinToCos: Bool, freqShift: Double)
        case fourier(ParameterTable)
        case learned(ParameterTable)
    }

    /// Width of the features for a configuration.
    static func inputs(_ configuration: UNetConfiguration) -> Int {
        configuration.blockOutChannels[0] * (configuration.timeEmbeddingType == .fourier ? 2 : 1)
    }

    init(_ weights: ParameterReader, _ configuration: UNetConfiguration) throws {
        let width = configuration.blockOutChannels[0]
        features =
            switch configuration.timeEmbeddingType {
            case .positional:
                .positional(width: width, flipSinToCos: configuration.flipSinToCos, freqShift: configuration.freqShift)
            case .fourier: .fourier(try weights.table("time_proj.weight", rows: nil, width: width))
            case .learned:
                .learned(
                    try weights.table(
                        "time_proj.weight", rows: configuration.numTrainTimesteps ?? 0, width: width))
            }
        let inputs = Self.inputs(configuration), out = configuration.timeEmbeddingDim
        linear1 = try Convolution(linear: weights.scoped("time_embedding.linear_1"), inputs: inputs, outputs: out)
        linear2 = try Convolution(linear: weights.scoped("time_embedding.linear_2"), inputs: out, outputs: out)
    }

    var convolutions: [Convolution] { [linear1, linear2] }

    /// [1, 1, batch, timeEmbeddingDim].
    func callAsFunction(_ timesteps: [Float], _ pass: Pass) -> Activation {
        let input = features(timesteps, pass)
        let hidden = linear1(.init([input]), .init(), pass)
        let result = linear2(.init([hidden], activation: .silu), .init(), pass)
        pass.release(input)
        pass.release(hidden)
        return result
    }

    /// [1, 1, batch, inputs]: the features of timesteps, or of class values, which are told apart the same way.
    func features(_ timesteps: [Float], _ pass: Pass) -> Activation {
        pass.activation(rows: timesteps.map(features(_:)), backward: tableBackward(timesteps))
    }

    /// Adds the features' gradients to those of the table, if they are its rows and are trained.
    private func tableBackward(_ timesteps: [Float]) -> ((GradientRows) -> Void)? {
        guard case .learned(let table) = features, let start = table.start else { return nil }
        let width = table.width
        return { gradient in
            for (n, timestep) in timesteps.enumerated() {
                gradient.add(row: n, times: 1, to: start + Int(timestep) * width)
            }
        }
    }

    /// Whether a timestep, or a class value, has features: it is finite; where they are a table, one of its rows.
    func admits(_ timestep: Float) -> Bool {
        guard case .learned(let table) = features else { return timestep.isFinite }
        return timestep >= 0 && timestep < Float(table.count) && timestep == timestep.rounded(.down)
    }

    /// The features of one timestep. Angles are float32 as in torch; sines are rounded from double precision.
    private func features(_ timestep: Float) -> [Float] {
        switch features {
        case .positional(let width, let flip, let shift):
            let half = width / 2
            let angles = (0..<half).map { k -> Float in
                let exponent = -Float(ElementaryFunctions.log(10_000)) * Float(k) / Float(Double(half) - shift)
                return timestep * Float(ElementaryFunctions.exp(Double(exponent)))
            }
            return Self.waves(angles, cosineFirst: flip) + (width % 2 == 1 ? [0] : [])
        case .fourier(let table):
            let log = Float(ElementaryFunctions.log(Double(timestep)))
            return Self.waves(table[0].map { log * $0 * 2 * Float.pi }, cosineFirst: false)
        case .learned(let table): return table[Int(timestep)]
        }
    }

    private static func waves(_ angles: [Float], cosineFirst: Bool) -> [Float] {
        let sines = angles.map { Float(ElementaryFunctions.sin(Double($0))) }
        let cosines = angles.map { Float(ElementaryFunctions.cos(Double($0))) }
        return cosineFirst ? cosines + sines : sines + cosines
    }
}
