import Diffusion

/// Settings of a restoration that names none.
///
/// Inpainting's were chosen by eye on chest X-rays and histology of 64 x 64 pixels, those of super-resolution by
/// measuring (`Documentation/Samplers.md`).
extension Restoration.Method {
    /// The method of a task for a model.
    static func standard(_ kind: Recipe.Kind, model: ModelFacts?) -> Restoration.Method {
        kind == .superResolution && model?.generation.concatenation != nil ? .conditional : .ddnm
    }

    /// The methods that a task can be done by: with a model, those that it is fit for.
    static func offered(_ kind: Recipe.Kind, model: ModelFacts?) -> [Restoration.Method] {
        switch kind {
        case .generation: []
        case .inpainting: [.ddnm, .repaint]
        case .superResolution: model.map { [standard(kind, model: $0)] } ?? [.ddnm, .conditional]
        }
    }

    var sampler: SamplerKind { self == .conditional ? .standard : .ddim }

    /// Of 1000 levels 25 steps evaluate the network for the last time at level 39, not at 9 as 100 steps do. Below that
    /// small networks remove little of the noise that the steps of an enlargement draw anew, and it stays as grain.
    func steps(_ kind: Recipe.Kind, model: ModelFacts, sampler: SamplerKind) -> Int {
        guard self == .ddnm, sampler == .ddim else { return model.defaultSteps(sampler) }
        return min(kind == .superResolution ? 25 : 100, model.trainTimesteps)
    }

    /// Of inpainting 0.85, the setting of DDNM's authors; RePaint's paper has DDPM's noise. An enlargement draws all
    /// noise anew: the less of the network's own estimate of the noise is carried on, the less grain there is where the
    /// truth is flat.
    func eta(_ kind: Recipe.Kind, sampler: SamplerKind) -> Double {
        guard sampler == .ddim else { return 0 }
        return switch self {
        case .ddnm: kind == .superResolution ? 1 : 0.85
        case .repaint: 1
        case .conditional: 0
        }
    }

    var resampling: Restoration.Resampling { self == .repaint ? .init(length: 10, count: 3) : .none }
}
