import JSON

/// What the labels of masks mean, as far as tumours go.
struct MaskLabels: Sendable {
    /// The highest label.
    let last: Int
    /// The labels of a tumour, of its parts, and of the oedema around it.
    let tumour: Set<Int>

    /// BraTS: 0 nothing, 1 necrosis, 2 oedema, 3 (from 2023) or 4 (before) enhancing tumour.
    static let brats = MaskLabels(last: 4, tumour: [1, 2, 3, 4])

    /// What names of labels contain that are tumours: Decathlon tasks have `cancer`, `edema`, `enhancing tumour` beside
    /// organs (`liver`, `spleen`, `Anterior`).
    private static let words = ["tumour", "tumor", "cancer", "lesion", "edema", "enhancing", "necro"]

    private init(last: Int, tumour: Set<Int>) { (self.last, self.tumour) = (last, tumour) }

    /// The `labels` of a Decathlon task's dataset.json: a name for each number.
    /// - Throws: `JSONMismatch` for keys that are no labels, or names that are no text.
    init(_ labels: JSONCursor) throws(JSONMismatch) {
        var last = 0, tumour: Set<Int> = []
        for key in try labels.object().keys {
            guard let label = Int(key), (0...255).contains(label) else {
                throw labels.mismatch(expected: "labels 0 ... 255 with their names")
            }
            let name = try labels.required(key).string().lowercased()
            last = max(last, label)
            if label > 0, Self.words.contains(where: name.contains) { tumour.insert(label) }
        }
        self.init(last: last, tumour: tumour)
    }
}
