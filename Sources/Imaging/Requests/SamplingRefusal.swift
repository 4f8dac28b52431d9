/// A model whose sampling defaults no request could be made with.
public struct SamplingRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// The `phantom.json` that has them.
    public let file: String
    /// Each at a field of `sampling`.
    public let faults: RequestFaults

    /// - Parameter faults: at fields of a request (`#/steps`).
    init(file: String, faults: RequestFaults) {
        self.file = file
        self.faults = faults.rephrased {
            .init(pointer: "/sampling" + $0.pointer.dropFirst(), detail: $0.detail)
        }
    }

    public var description: String { "\(file): \(faults.lines)" }
}
