/// Names that diffusers gave to attention weights before version 0.15
/// (`ModelMixin._convert_deprecated_attention_blocks`). The conversion goes by presence, weight by weight, so a file
/// may mix both spellings.
enum LegacyNames {
    private static let layers = ["query": ["to_q"], "key": ["to_k"], "value": ["to_v"], "proj_attn": ["to_out", "0"]]
    private static let linear: Set<String> = ["to_q", "to_k", "to_v", "to_out"]

    /// The name of today for `name`: below an `attentions.N`, `query`, `key`, `value` and `proj_attn` become
    /// `to_q`, `to_k`, `to_v` and `to_out.0`; all others stay.
    static func current(_ name: String) -> String {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let place = attentionLayer(parts), let layer = layers[parts[place]] else { return name }
        return (parts[..<place] + layer + parts[(place + 1)...]).joined(separator: ".")
    }

    /// Projections stored as 1x1 convolutions, [out, in, 1, 1], are the same numbers as [out, in].
    static func currentShape(_ shape: [Int], of name: String) -> [Int] {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let place = attentionLayer(parts), linear.contains(parts[place]), parts.last == "weight",
            shape.count == 4, shape[2] == 1, shape[3] == 1
        else { return shape }
        return [shape[0], shape[1]]
    }

    /// Index of the part after `attentions.N`, if something follows it.
    private static func attentionLayer(_ parts: [String]) -> Int? {
        guard let block = parts.lastIndex(of: "attentions"), block + 3 < parts.count, Int(parts[block + 1]) != nil
        else {
            return nil
        }
        return block + 2
    }
}
