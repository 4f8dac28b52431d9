/// A tensor of numbers that training changes: its name and shape in the checkpoint, and where its elements stand among
/// those of the whole network.
public struct Parameter: Sendable, Hashable {
    /// The full name, for instance "down_blocks.0.resnets.1.conv1.weight".
    public let name: String
    /// Sizes, outermost first.
    public let shape: [Int]
    /// The first of its elements in the network's set.
    public let start: Int

    /// Its elements.
    public var count: Int { shape.reduce(1, *) }
}

/// The parameters of a network, in the order in which they were fetched, their elements side by side as if in one
/// array: so that what is done to all of them, gradients, optimiser and averages, is a loop over one range.
public struct ParameterSet: Sendable {
    public private(set) var parameters: [Parameter] = []
    /// Elements of all parameters.
    public private(set) var elementCount = 0
    private var indices: [String: Int] = [:]

    public init() {}

    /// The parameter of that name, or nil if the network has none.
    public subscript(name: String) -> Parameter? { indices[name].map { parameters[$0] } }

    /// Notes a parameter; one that is fetched a second time has its place already.
    public mutating func note(_ name: String, shape: [Int]) {
        if let known = self[name] {
            precondition(known.shape == shape, "\(name) was fetched with two shapes: a mistake of the network's code")
            return
        }
        let parameter = Parameter(name: name, shape: shape, start: elementCount)
        indices[name] = parameters.count
        parameters.append(parameter)
        elementCount += parameter.count
    }
}
