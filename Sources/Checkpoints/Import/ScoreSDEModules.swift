/// score_sde's modules one after the other, each known by the weights it has.
struct ScoreSDEModules {
    enum Kind: String {
        case linear = "Linear", conv = "Conv2d", norm = "GroupNorm", resnet = "ResnetBlockDDPM", attention = "AttnBlock"
        case resampling = "Downsample or Upsample"
    }

    private let kinds: [Kind]
    private let source: ForeignWeights
    private var place = 0
    /// Levels, and resnets of each on the way down.
    let depth: Int, layers: Int

    init(_ source: ForeignWeights) throws(CheckpointError) {
        var groups: [Int: Set<String>] = [:]
        for name in source.names {
            let parts = name.split(separator: ".", maxSplits: 2)
            guard parts.count == 3, parts[0] == "all_modules", let index = Int(parts[1]), (0..<10_000).contains(index)
            else { continue }
            groups[index, default: []].insert(String(parts[2]))
        }
        let count = (groups.keys.max() ?? -1) + 1
        guard count <= 2 * groups.count else {
            throw source.fault(
                "all_modules", expected: "modules one after the other", got: "number \(count - 1) among \(groups.count)"
            )
        }
        var kinds: [Kind] = []
        for index in 0..<count { kinds.append(try Self.kind(groups[index] ?? [], "all_modules.\(index)", source)) }
        self.kinds = kinds
        self.source = source
        // L levels of n resnets down and n + 1 up, two in the middle, and L - 1 changes of resolution each way.
        let resnets = kinds.count { $0 == .resnet }
        depth = kinds.count { $0 == .resampling } / 2 + 1
        layers = max(0, ((resnets - 2) / depth - 1) / 2)
        guard layers > 0, depth * (2 * layers + 1) + 2 == resnets else {
            throw source.fault(
                "all_modules", expected: "the same number of resnets at each level",
                got: "\(resnets) in \(depth) levels")
        }
    }

    private static func kind(_ weights: Set<String>, _ name: String, _ source: ForeignWeights) throws(CheckpointError)
        -> Kind
    {
        if weights.isEmpty || weights == ["Conv_0.weight", "Conv_0.bias"] { return .resampling }
        if weights.contains("NIN_3.W") { return .attention }
        if weights.contains("Conv_1.weight") { return .resnet }
        if weights == ["weight", "bias"] {
            switch try source.shape("\(name).weight").count {
            case 1: return .norm
            case 2: return .linear
            case 4: return .conv
            default: break
            }
        }
        throw source.fault(
            name, expected: "a module of models/ddpm.py", got: "one with \(weights.sorted().joined(separator: ", "))")
    }

    /// The name of the next module, which has to be of this kind.
    mutating func next(_ kind: Kind) throws(CheckpointError) -> String {
        guard place < kinds.count, kinds[place] == kind else {
            throw source.fault(
                "all_modules.\(place)", expected: kind.rawValue,
                got: place < kinds.count ? kinds[place].rawValue : "the end")
        }
        place += 1
        return "all_modules.\(place - 1)"
    }

    /// Whether the next module is an attention, or the one after the resnet that is next.
    var isAtAttention: Bool { place < kinds.count && kinds[place] == .attention }
    var hasAttentionAfterResnet: Bool {
        place + 1 < kinds.count && kinds[place] == .resnet && kinds[place + 1] == .attention
    }
}
