import Diffusion
import Networks
import Tensors

/// A network in training as samplers ask it.
struct SamplePredictor: NoisePredictor {
    let source: any GradientSource
    let compute: Compute
    let classRows: ClassRows
    /// Rows of one evaluation at most.
    let together: Int

    func evaluate(_ rows: [UNetRow], height: Int, width: Int) throws -> [[Float]] {
        let rows = rows.map { row in
            guard case .none = row.condition, let null = classRows.null else { return TrainingRow(row) }
            return TrainingRow(UNetRow(sample: row.sample, timestep: row.timestep, condition: .rows([null])))
        }
        return try stride(from: 0, to: rows.count, by: together).flatMap { start in
            let part = Array(rows[start..<min(start + together, rows.count)])
            return try source.evaluate(part, height: height, width: width, compute: compute)
        }
    }
}
