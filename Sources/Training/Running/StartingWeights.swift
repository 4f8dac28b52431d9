import Checkpoints
import Tensors

/// The weights of a model folder as the beginning of a run: all by their names, class rows by what they stand for.
struct StartingWeights {
    let folder: ModelFolder
    let classRows: ClassRows

    private static let classTable = "class_embedding.weight"

    /// - Parameter fresh: what rows begin with that the folder does not have.
    /// - Throws: `CheckpointError` for a weight that is missing or of another shape.
    func values(_ parameters: ParameterSet, fresh: [Float]) throws(CheckpointError) -> [Float] {
        var values = fresh
        for parameter in parameters.parameters {
            let range = parameter.start..<parameter.start + parameter.count
            if parameter.name == Self.classTable {
                try copyClassRows(parameter, into: &values)
            } else {
                values.replaceSubrange(range, with: try folder.weights.floats(parameter.name, shape: parameter.shape))
            }
        }
        return values
    }

    private func copyClassRows(_ parameter: Parameter, into values: inout [Float]) throws(CheckpointError) {
        let width = parameter.shape[1], manifest = folder.resolvedManifest
        guard let rows = folder.weights.shape(of: Self.classTable)?.first else { return }
        let table = try folder.weights.floats(Self.classTable, shape: [rows, width])
        var pairs: [(to: Int, from: Int)] = []
        var row = 0
        for attribute in classRows.attributes {
            for value in attribute.values {
                if let from = manifest.row(of: value, in: attribute.name) { pairs.append((row, from)) }
                row += 1
            }
        }
        if let null = classRows.null, let from = manifest.nullClass { pairs.append((null, from)) }
        for (to, from) in pairs where from < rows {
            let place = parameter.start + to * width
            values.replaceSubrange(place..<place + width, with: table[from * width..<(from + 1) * width])
        }
    }
}
