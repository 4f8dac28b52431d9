import TestSupport

/// Decisions one after the other: of a seed, for tests, or of bytes, for a fuzzer, which learns which bytes decide what.
/// Bytes that have run out decide 0 for ever, which everywhere here means: leave it as it is.
public struct Choices: Sendable {
    private var bytes: ArraySlice<UInt8>
    private var generator: SplitMix64?

    public init(seed: UInt64) { (bytes, generator) = ([], SplitMix64(state: seed)) }

    public init(bytes: [UInt8]) { (self.bytes, generator) = (bytes[...], nil) }

    /// 0 ..< `count`, which is at least 1.
    public mutating func below(_ count: Int) -> Int {
        if generator != nil { return Int(word() % UInt64(count)) }
        return count <= 256 ? Int(byte()) % count : (Int(byte()) << 16 | Int(byte()) << 8 | Int(byte())) % count
    }

    public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// Any 64 bits.
    public mutating func word() -> UInt64 {
        generator?.next() ?? (0..<8).reduce(0) { word, _ in word << 8 | UInt64(byte()) }
    }

    private mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }
}
