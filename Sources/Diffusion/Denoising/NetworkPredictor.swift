import Networks
import Tensors

/// A UNet as samplers ask it, on the threads of one worker.
public struct NetworkPredictor: NoisePredictor {
    let network: UNet
    let compute: Compute

    public init(network: UNet, compute: Compute) {
        self.network = network
        self.compute = compute
    }

    public func evaluate(_ rows: [NetworkRow], height: Int, width: Int) throws -> [[Float]] {
        let rows = rows.map { row in
            switch row.input {
            case .none: UNetRow(sample: row.sample, timestep: row.timestep)
            case .rows(let classRows): UNetRow(sample: row.sample, timestep: row.timestep, classRows: classRows)
            case .value(let value): UNetRow(sample: row.sample, timestep: row.timestep, classValue: value)
            case .vector(let vector): UNetRow(sample: row.sample, timestep: row.timestep, classVector: vector)
            }
        }
        return try network.evaluate(rows, height: height, width: width, compute: compute)
    }
}
