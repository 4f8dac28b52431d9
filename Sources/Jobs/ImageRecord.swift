/// What is known of a stored image without its bytes; it has its traits as its own.
@dynamicMemberLookup
public struct ImageRecord: Hashable, Sendable {
    public var traits: ImageTraits
    /// Its place in the job.
    public var index: Int
    public var byteCount: Int

    public init(_ traits: ImageTraits, index: Int, byteCount: Int) {
        (self.traits, self.index, self.byteCount) = (traits, index, byteCount)
    }

    /// What is known of a finished image without its bytes.
    package init(_ output: ImageOutput, index: Int) {
        self.init(output.traits, index: index, byteCount: output.bytes.count)
    }

    public subscript<Value>(dynamicMember trait: KeyPath<ImageTraits, Value>) -> Value { traits[keyPath: trait] }
}
