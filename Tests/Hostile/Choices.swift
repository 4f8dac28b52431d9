/// Decisions one after the other: of a seed, for tests, or of bytes, for a fuzzer, which learns which bytes decide what.
/// Bytes that have run out decide 0 for ever, which everywhere here means: leave it as it is.
public struct Choices: Sendable {
    private var bytes: ArraySlice<UInt8>
    private var state: UInt64?

    public init(seed: UInt64) { (bytes, state) = ([], seed) }

    public init(bytes: [UInt8]) { (self.bytes, state) = (bytes[...], nil) }

    /// 0 ..< `count`, which is at least 1.
    public mutating func below(_ count: Int) -> Int {
        if state != nil { return Int(word() % UInt64(count)) }
        return count <= 256 ? Int(byte()) % count : (Int(byte()) << 16 | Int(byte()) << 8 | Int(byte())) % count
    }

    public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    /// Any 64 bits.
    public mutating func word() -> UInt64 {
        guard let seed = state else { return (0..<8).reduce(0) { word, _ in word << 8 | UInt64(byte()) } }
        // SplitMix64 (Steele, Lea & Flood 2014).
        let next = seed &+ 0x9E37_79B9_7F4A_7C15
        state = next
        var mixed = (next ^ (next >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    private mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }
}
