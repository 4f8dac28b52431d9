/// One finished image; it has its traits as its own.
@dynamicMemberLookup
public struct ImageOutput: Hashable, Sendable {
    public var traits: ImageTraits
    public var bytes: [UInt8]

    public init(_ traits: ImageTraits, bytes: [UInt8]) {
        (self.traits, self.bytes) = (traits, bytes)
    }

    public subscript<Value>(dynamicMember trait: KeyPath<ImageTraits, Value>) -> Value { traits[keyPath: trait] }
}

/// A finished image on its way into the store.
public struct FinishedImage: Hashable, Sendable {
    public var output: ImageOutput
    /// Network evaluations (rows) it took.
    public var calls: Int64

    public init(output: ImageOutput, calls: Int64) {
        self.output = output
        self.calls = calls
    }
}
