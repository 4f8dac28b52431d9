import Bytes

/// Where a request stands in a trace that its client began: the field `traceparent` of W3C Trace Context, version 00
/// (https://www.w3.org/TR/trace-context/).
struct TraceContext: Equatable, Sendable {
    /// Lower-case hexadecimal digits, 32 and 16 of them, not all 0.
    let trace: String
    let parent: String
    /// Two digits; the lowest bit says that the client records the trace.
    let flags: String
    /// This service's own part of the trace.
    let span: String

    /// - Parameter text: the field's value.
    /// - Returns: nil for what is none (section 3.2.2.3: it is then as if there were none). A later version is read as
    ///   far as version 00 goes (section 3.2.4).
    init?(_ text: String, using generator: inout some RandomNumberGenerator) {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map { Array($0) }
        guard parts.count >= 4, zip(parts, [2, 32, 16, 2]).allSatisfy({ Self.isHexadecimal($0, $1) }) else {
            return nil
        }
        let words = parts.map { String(decoding: $0, as: UTF8.self) }
        guard words[0] != "ff", words[0] != "00" || parts.count == 4 else { return nil }
        (trace, parent, flags) = (words[1], words[2], words[3])
        guard trace.contains(where: { $0 != "0" }), parent.contains(where: { $0 != "0" }) else { return nil }
        span = Hexadecimal.encode((0..<8).map { _ in UInt8.random(in: 1...255, using: &generator) })
    }

    /// What is passed on to whoever is called for the sake of this request.
    var passedOn: String { "00-\(trace)-\(span)-\(flags)" }

    private static func isHexadecimal(_ bytes: [UInt8], _ count: Int) -> Bool {
        bytes.count == count && bytes.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}
