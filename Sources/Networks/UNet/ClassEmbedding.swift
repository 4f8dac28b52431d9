import Tensors

/// From a condition to the vector that is added to the time embedding.
struct ClassEmbedding: Sendable {
    private enum Kind: Sendable {
        case table([Float], rows: Int)
        case timestep(linear1: Convolution, linear2: Convolution)
        case identity
    }
    private let kind: Kind
    private let width: Int

    init?(_ weights: ParameterReader, _ configuration: UNetConfiguration) throws {
        guard let type = configuration.classEmbedding else { return nil }
        width = configuration.timeEmbeddingDim
        let scope = weights.scoped("class_embedding")
        kind =
            switch type {
            case .table(let rows): .table(try scope.floats("weight", shape: [rows, width]), rows: rows)
            case .timestep:
                .timestep(
                    linear1: try Convolution(
                        linear: scope.scoped("linear_1"), inputs: TimeEmbedding.inputs(configuration), outputs: width),
                    linear2: try Convolution(linear: scope.scoped("linear_2"), inputs: width, outputs: width))
            case .identity: .identity
            }
    }

    var convolutions: [Convolution] {
        if case .timestep(let linear1, let linear2) = kind { [linear1, linear2] } else { [] }
    }

    /// - Throws: `UNetError.condition` where the row's condition is not of this embedding's kind.
    func check(_ row: UNetRow) throws {
        switch kind {
        case .table(_, let rows):
            guard !row.classRows.isEmpty else {
                throw UNetError.condition(expected: "at least one row of the class table", got: row.condition.summary)
            }
            if let wrong = row.classRows.first(where: { !(0..<rows).contains($0) }) {
                throw UNetError.condition(expected: "rows of the class table, 0 to \(rows - 1)", got: "\(wrong)")
            }
        case .timestep:
            guard let value = row.classValue, value.isFinite else {
                throw UNetError.condition(
                    expected: "a class value", got: row.classValue.map { "\($0)" } ?? row.condition.summary)
            }
        case .identity:
            guard let vector = row.classVector, vector.count == width else {
                throw UNetError.condition(
                    expected: "a class vector of \(width) numbers", got: row.condition.summary)
            }
        }
    }

    /// [1, 1, batch, timeEmbeddingDim]; rows have been checked. A condition of several table rows is their sum.
    func callAsFunction(_ rows: [UNetRow], _ time: TimeEmbedding, _ pass: Pass) -> Activation {
        switch kind {
        case .table(let table, _):
            return pass.activation(
                rows: rows.map { row in
                    row.classRows.reduce(into: [Float](repeating: 0, count: width)) { sum, index in
                        for i in 0..<width { sum[i] += table[index * width + i] }
                    }
                })
        case .identity:
            return pass.activation(rows: rows.map { $0.classVector ?? [] })
        case .timestep(let linear1, let linear2):
            let input = pass.activation(rows: rows.map { time.features($0.classValue ?? 0) })
            let hidden = linear1(.init([input]), .init(), pass)
            let result = linear2(.init([hidden], activation: .silu), .init(), pass)
            pass.release(input)
            pass.release(hidden)
            return result
        }
    }
}
