import Tensors

/// Turns a condition into the vector that is added to the time embedding.
struct ClassEmbedding: Sendable {
    private enum Kind: Sendable {
        case table(ParameterTable)
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
            case .table(let rows):
                .table(try scope.table("weight", rows: rows, width: width))
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

    /// - Parameter time: what embeds a class value, as it embeds a timestep.
    /// - Throws: `UNetError.condition` where the row's condition is not of this embedding's kind.
    func check(_ row: UNetRow, _ time: TimeEmbedding) throws {
        switch kind {
        case .table(let table):
            guard !row.classRows.isEmpty else {
                throw UNetError.condition(expected: "at least one row of the class table", got: row.condition.summary)
            }
            if let wrong = row.classRows.first(where: { !(0..<table.count).contains($0.row) }) {
                throw UNetError.condition(
                    expected: "rows of the class table, 0 to \(table.count - 1)", got: "\(wrong.row)")
            }
        case .timestep:
            guard let value = row.classValue else {
                throw UNetError.condition(expected: "a class value", got: row.condition.summary)
            }
            guard time.admits(value) else {
                throw UNetError.condition(
                    expected: "a class value the model has a time embedding for", got: "\(value)")
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
        case .table(let table):
            return pass.activation(
                rows: rows.map { sum(of: $0, table) }, backward: table.start.map { tableBackward(rows, start: $0) })
        case .identity:
            return pass.activation(rows: rows.map { $0.classVector ?? [] })
        case .timestep(let linear1, let linear2):
            let input = time.features(rows.map { $0.classValue ?? 0 }, pass)
            let hidden = linear1(.init([input]), .init(), pass)
            let result = linear2(.init([hidden], activation: .silu), .init(), pass)
            pass.release(input)
            pass.release(hidden)
            return result
        }
    }

    /// The sum of a condition's rows of the table.
    private func sum(of row: UNetRow, _ table: ParameterTable) -> [Float] {
        row.classRows.reduce(into: [Float](repeating: 0, count: width)) { sum, term in
            let values = table[term.row]
            for i in 0..<width { sum[i] += term.coefficient * values[i] }
        }
    }

    private func tableBackward(_ rows: [UNetRow], start: Int) -> (GradientRows) -> Void {
        { [width] gradient in
            for (n, row) in rows.enumerated() {
                for term in row.classRows {
                    gradient.add(row: n, times: term.coefficient, to: start + term.row * width)
                }
            }
        }
    }
}
