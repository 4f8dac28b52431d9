import JSON

/// Channels of one attention head at each level, shallowest first. They leave no trace in the weights.
struct HeadWidths {
    private let widths: [Int]
    /// `attention_head_dim`: one number where all levels with attention agree, else one for each level.
    let field: JSONValue

    /// - Parameters:
    ///   - channels: of each level.
    ///   - attended: whether a level has attention; the deepest also counts for the mid block.
    /// - Throws: if neither `--heads` nor `--head-dim` nor the field is given, or it does not divide the channels.
    init(_ options: ImportOptions, channels: [Int], attended: [Bool]) throws(CheckpointError) {
        var widths = try Self.given(options, channels)
        // Those where there is a head at all.
        let levels = channels.indices.filter { attended[$0] || $0 == channels.count - 1 }
        for level in levels {
            guard widths[level] > 0, channels[level] % widths[level] == 0,
                options.heads.map({ $0 * widths[level] == channels[level] }) ?? true
            else {
                throw Self.fault(
                    "attention heads", "a divisor of \(channels[level]), the channels of level \(level)",
                    "\(options.heads ?? widths[level])")
            }
        }
        let used = Set(levels.map { widths[$0] })
        if used.count == 1, let width = used.first {
            field = .integer(width)
            widths = [Int](repeating: width, count: channels.count)
        } else {
            // A level without attention has no head: any number that divides its channels.
            for level in channels.indices where !levels.contains(level) { widths[level] = channels[level] }
            field = .array(widths.map { .integer($0) })
        }
        self.widths = widths
    }

    /// What the options say of each level.
    private static func given(_ options: ImportOptions, _ channels: [Int]) throws(CheckpointError) -> [Int] {
        if let given = options.unet["attention_head_dim"] {
            guard
                let numbers = given.array?.map(\.number?.int)
                    ?? given.number.map({ [Int?](repeating: $0.int, count: channels.count) })
            else {
                throw fault("attention_head_dim", "an integer, or one for each level", given.summary)
            }
            let widths = numbers.compactMap { $0 }
            guard widths.count == channels.count, numbers.count == widths.count else {
                throw fault("attention_head_dim", "\(channels.count) integers, one for each level", given.summary)
            }
            return widths
        }
        if let width = options.headDim { return [Int](repeating: width, count: channels.count) }
        if let heads = options.heads { return channels.map { $0 / max(heads, 1) } }
        throw fault("attention heads", "--heads or --head-dim (the weights do not show how many there are)", "neither")
    }

    /// Heads of `channels` channels at `level`.
    func heads(level: Int, channels: Int) -> Int { channels / widths[level] }

    private static func fault(_ item: String, _ expected: String, _ got: String) -> CheckpointError {
        CheckpointError(path: "import", item: item, expected: expected, got: got)
    }
}
