import Numbers
import Tensors

extension TrainableUNet {
    /// The values that training begins with, one for each element of `parameters`.
    ///
    /// As PyTorch's layers begin: weights and biases of convolutions and linear layers uniform in +-1 / sqrt(fan in)
    /// (Kaiming uniform with a = sqrt 5, `torch.nn.init`), norms 1 and 0, tables standard normal. Zero are the last
    /// convolution of each resnet, the output of each attention and the network's last convolution, so that every
    /// block begins as the identity (as in Ho et al. 2020's code). Drawn by Philox of the seed, the parameter's number
    /// and the element.
    public static func initialValues(_ parameters: ParameterSet, seed: UInt64) -> [Float] {
        var values = [Float](repeating: 0, count: parameters.elementCount)
        for (number, parameter) in parameters.parameters.enumerated() {
            let range = parameter.start..<parameter.start + parameter.count
            switch Initialisation(parameter, among: parameters) {
            case .zero: break
            case .one: for index in range { values[index] = 1 }
            case .normal:
                let key = NoiseKey(seed: seed, purpose: .weights, step: UInt32(number))
                values.replaceSubrange(range, with: key.normals(count: parameter.count))
            case .uniform(let bound):
                for index in range {
                    let element = index - parameter.start
                    let counter = SIMD4(
                        UInt32(element / 4), UInt32(number), NoiseKey.Purpose.weights.rawValue, 0)
                    let word = Philox.block(counter: counter, key: seed)[element % 4]
                    values[index] = bound * (Float(word >> 8) * 0x1p-23 - 1)
                }
            }
        }
        return values
    }

    /// How one parameter begins.
    private enum Initialisation {
        case zero, one, normal
        case uniform(bound: Float)

        init(_ parameter: Parameter, among parameters: ParameterSet) {
            let name = parameter.name, parts = name.split(separator: ".").map(String.init)
            let layer = parts.dropLast().joined(separator: "."), isWeight = parts.last == "weight"
            let fanIn = (parameters["\(layer).weight"] ?? parameter).shape.dropFirst().reduce(1, *)
            if name == "class_embedding.weight" || name == "time_proj.weight" {
                self = .normal
            } else if parts.contains(where: { $0.contains("norm") }) {
                self = isWeight ? .one : .zero
            } else if layer == "conv_out" || layer.hasSuffix(".conv2") || layer.hasSuffix(".to_out.0") {
                self = .zero
            } else {
                self = .uniform(bound: 1 / Float(fanIn).squareRoot())
            }
        }
    }
}
