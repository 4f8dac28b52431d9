/// Which of several sets of weights is taken.
package struct WeightChoice {
    /// A set that may be taken.
    package struct Option {
        /// What `--weights` calls it: `ema.shadow_params`, `unet_ema`, ...; empty where there is but one and it has no
        /// name.
        package let label: String
        /// Whether it is an average over training (EMA), from which one samples.
        package let isAveraged: Bool

        package init(label: String, isAveraged: Bool) { (self.label, self.isAveraged) = (label, isAveraged) }
    }

    package let options: [Option]
    /// What the options are in, for messages.
    package let path: String

    package init(options: [Option], path: String) { (self.options, self.path) = (options, path) }

    /// The index of the set that is wanted: by its name, by `ema` for the only averaged or `model` for the only other
    /// one, or by the beginning of its name. Without a wish the only set, or else the only averaged one.
    /// - Throws: naming the choices, where none fits or several do.
    package func index(_ wanted: String?) throws(CheckpointError) -> Int {
        guard let wanted else {
            if options.count == 1 { return 0 }
            if let averaged = try only(averaged) { return averaged }
            throw refusal("a choice (--weights)", got: "none")
        }
        if let exact = options.firstIndex(where: { $0.label == wanted }) { return exact }
        switch wanted {
        case "ema": if let averaged = try only(averaged) { return averaged }
        case "model": if let trained = try only(options.indices.filter { !options[$0].isAveraged }) { return trained }
        default: break
        }
        let below = options.indices.filter {
            options[$0].label.hasPrefix("\(wanted).") || options[$0].label.hasPrefix("\(wanted)/")
        }
        if let only = try only(below) { return only }
        throw refusal("one (--weights)", got: wanted)
    }

    private var averaged: [Int] { options.indices.filter { options[$0].isAveraged } }

    /// The only one of these, or nil if there is none.
    private func only(_ indices: [Int]) throws(CheckpointError) -> Int? {
        if indices.count > 1 { throw refusal("a choice (--weights)", among: indices, got: "several that fit") }
        return indices.first
    }

    private func refusal(_ expected: String, among indices: [Int]? = nil, got: String) -> CheckpointError {
        let labels = (indices ?? Array(options.indices)).map { index in
            let label = options[index].label
            return (label.isEmpty ? "model" : label) + (options[index].isAveraged ? " (averaged)" : "")
        }
        let shown =
            labels.prefix(20).joined(separator: ", ") + (labels.count > 20 ? " and \(labels.count - 20) more" : "")
        return CheckpointError(path: path, item: "weights", expected: "\(expected) among \(shown)", got: got)
    }

    /// Whether the parts of a name speak of an average: `ema`, `model_ema`, `shadow_params`, `averaged_model`.
    /// ema-pytorch keeps the trained network as `online_model` beside its average, Lightning as `current_model_state`.
    package static func speaksOfAverage(_ label: String) -> Bool {
        let words = label.lowercased().split { !($0.isLetter || $0.isNumber) }
        if words.contains("online") || words.contains("current") { return false }
        return words.contains {
            $0.hasPrefix("ema") || $0.hasSuffix("ema") && $0 != "schema" || $0 == "shadow" || $0.hasPrefix("average")
                || $0 == "swa"
        }
    }
}
