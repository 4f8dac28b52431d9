/// The identity of a job: a UUID version 7 (RFC 9562 section 5.7): 48 bits of Unix time in milliseconds, then 74 random
/// bits. Nothing else is accepted, so an id that came from outside can never name a file, a path or a statement.
public struct JobID: Hashable, Sendable {
    let high: UInt64
    let low: UInt64

    /// A new id.
    /// - Parameter time: the moment of creation; only its low 48 bits of milliseconds are used.
    public init(at time: Timestamp, using generator: inout some RandomNumberGenerator) {
        let milliseconds = UInt64(truncatingIfNeeded: time.milliseconds) & 0xFFFF_FFFF_FFFF
        let random = UInt64.random(in: 0...0xFFF, using: &generator)
        high = milliseconds << 16 | 0x7000 | random
        low = UInt64.random(in: 0...(UInt64.max >> 2), using: &generator) | 0x8000_0000_0000_0000
    }

    /// The moment of creation.
    public var createdAt: Timestamp { Timestamp(milliseconds: Int64(high >> 16)) }

    /// Reads `8-4-4-4-12` hexadecimal digits of either case (RFC 9562 section 4), version 7, variant `10`; anything
    /// else is nil.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (position, byte) in bytes.enumerated() {
            if [8, 13, 18, 23].contains(position) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Self.hexDigit(byte) else { return nil }
            if digits < 16 { halves.0 = halves.0 << 4 | digit } else { halves.1 = halves.1 << 4 | digit }
            digits += 1
        }
        guard halves.0 >> 12 & 0xF == 7, halves.1 >> 62 == 0b10 else { return nil }
        (high, low) = halves
    }

    private static func hexDigit(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}

extension JobID: CustomStringConvertible {
    /// Lower-case `8-4-4-4-12`.
    public var description: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for position in 0..<32 {
            if [8, 12, 16, 20].contains(position) { text.append(UInt8(ascii: "-")) }
            let half = position < 16 ? high : low
            text.append(digits[Int(half >> UInt64(60 - position % 16 * 4) & 0xF)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
