import Bytes
import Checkpoints

/// What of the images is in the set, and the tables that say so.
extension LabelledSet {
    /// The images of the set, in the order of its tables.
    var keptFiles: [String] { plan.conditions.indices.flatMap { kept($0).compactMap(\.file) } }

    /// File and seed of each image of a condition.
    func images(of place: Int) -> [(file: String, seed: UInt64)] {
        kept(place).compactMap { line in line.file.map { ($0, line.seed) } }
    }

    /// The first so many images of a condition that are no copies.
    private func kept(_ place: Int) -> ArraySlice<AttemptLog.Line> {
        log.ordered(place).filter { $0.file != nil }.prefix(plan.conditions[place].count)
    }

    var conditions: [LabelledCondition] { plan.conditions }

    /// The model's attributes that some condition says something of.
    var attributeNames: [String] {
        model.facts.attributes.map(\.name).filter { name in
            plan.conditions.contains { $0.choices.contains { $0.attribute == name } }
        }
    }

    /// Writes the tables, from the log alone.
    func finish() throws -> Outcome {
        var outcome = Outcome()
        let names = attributeNames
        var manifest = "file,seed,labels,sha256,recipe_sha256\r\n"
        let columns = ["filename", "label"] + names.map(Self.column).map(CSVField.text)
        var labels = columns.joined(separator: ",") + "\r\n"
        for (place, condition) in plan.conditions.enumerated() {
            outcome.rejected += log.lines[place].values.count { $0.file == nil }
            for line in kept(place) {
                outcome.kept += 1
                let file = line.file ?? ""
                manifest += "\(file),\(line.seed),\(CSVField.text(condition.text)),\(line.sha256),\(line.recipe)\r\n"
                let values = names.map { name in condition.choices.first { $0.attribute == name }?.value ?? "" }
                labels += ([file, condition.label] + values).map(CSVField.text).joined(separator: ",") + "\r\n"
            }
        }
        try writeWholeFile(Array(labels.utf8), to: "\(folder)/labels.csv")
        try writeWholeFile(Array(manifest.utf8), to: "\(folder)/manifest.csv")
        return outcome
    }

    /// The column of an attribute: `label` is that of the condition.
    static func column(_ attribute: String) -> String {
        ["label", "filename"].contains(attribute) ? "\(attribute)_" : attribute
    }
}
