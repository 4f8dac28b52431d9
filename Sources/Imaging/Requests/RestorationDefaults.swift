import Diffusion

/// Settings of a restoration that names none, chosen by eye on chest X-rays and histology of 64 x 64 pixels.
extension Restoration.Method {
    /// The method of a task for a model.
    static func standard(_ kind: Recipe.Kind, model: ModelFacts?) -> Restoration.Method {
        kind == .superResolution && model?.generation.concatenation != nil ? .conditional : .ddnm
    }

    var sampler: SamplerKind { self == .conditional ? .standard : .ddim }

    func steps(_ model: ModelFacts, sampler: SamplerKind) -> Int {
        self == .ddnm && sampler == .ddim ? min(100, model.trainTimesteps) : model.defaultSteps(sampler)
    }

    /// 0.85 is the setting of DDNM's authors; RePaint's paper has DDPM's noise.
    func eta(_ sampler: SamplerKind) -> Double {
        guard sampler == .ddim else { return 0 }
        return switch self {
        case .ddnm: 0.85
        case .repaint: 1
        case .conditional: 0
        }
    }

    var resampling: Restoration.Resampling { self == .repaint ? .init(length: 10, count: 3) : .none }
}
