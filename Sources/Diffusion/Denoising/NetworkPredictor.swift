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

    public func evaluate(_ rows: [UNetRow], height: Int, width: Int) throws -> [[Float]] {
        try network.evaluate(rows, height: height, width: width, compute: compute)
    }
}
