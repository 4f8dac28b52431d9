/// Where the gradients of a layer's weights go among those of the whole network.
public struct ParameterPlaces: Sendable {
    /// Some of a layer's outputs, and the first element of the parameter that they are.
    public struct Run: Sendable {
        public let outputs: Range<Int>
        public let start: Int

        public init(outputs: Range<Int>, start: Int) { (self.outputs, self.start) = (outputs, start) }
    }

    /// Places of weights, [outputs, inputs, kernel height, kernel width] each. A stacked layer has several runs.
    public var weights: [Run]
    /// Places of biases, [outputs] each. Where a bias is the sum of two parameters, both have runs of the same outputs.
    public var biases: [Run]

    public init(weights: [Run], biases: [Run]) { (self.weights, self.biases) = (weights, biases) }

    /// Names the places of a layer whose weight and bias are one parameter each.
    public init(weight: Int, bias: Int, outputs: Int) {
        self.init(
            weights: [Run(outputs: 0..<outputs, start: weight)], biases: [Run(outputs: 0..<outputs, start: bias)])
    }
}
