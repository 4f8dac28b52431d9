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

    func evaluate(_ rows: [NetworkRow], height: Int, width: Int) throws -> [[Float]] {
        let rows = rows.map { row in
            let asked: [(row: Int, coefficient: Float)] =
                if case .rows(let list) = row.input { list.map { ($0, 1) } } else { classRows.nullRows }
            return TrainingRow(sample: row.sample, timestep: row.timestep, classRows: asked)
        }
        return try stride(from: 0, to: rows.count, by: together).flatMap { start in
            let part = Array(rows[start..<min(start + together, rows.count)])
            return try source.evaluate(part, height: height, width: width, compute: compute)
        }
    }
}
