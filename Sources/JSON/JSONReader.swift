/// Reads one JSON text, by RFC 8259 and nothing else: no byte order mark, no comments, no trailing
/// commas, nothing after the value; every byte is checked, UTF-8 and escapes included, and lone
/// surrogates are refused. Stack use is bounded by `maximumDepth`, memory by `maximumValues`.
public struct JSONReader: Sendable {
    public struct Options: Sendable {
        /// Nesting of arrays and objects, at most 512 (what fits a Dispatch thread's stack with room to spare).
        public var maximumDepth: Int
        /// Values in the whole text. A value of two bytes takes some fifty in memory.
        public var maximumValues: Int
        /// Takes the bare words `NaN`, `Infinity` and `-Infinity`, as Python's `json` writes them.
        public var allowsNonFinite: Bool
        /// Takes a repeated key, the last one counting. RFC 8259 section 4 leaves this open; readers that
        /// disagree about it are an attack surface, so it is off.
        public var allowsDuplicateKeys: Bool

        public init(
            maximumDepth: Int = 64, maximumValues: Int = 1_000_000, allowsNonFinite: Bool = false,
            allowsDuplicateKeys: Bool = false
        ) {
            self.maximumDepth = maximumDepth
            self.maximumValues = maximumValues
            self.allowsNonFinite = allowsNonFinite
            self.allowsDuplicateKeys = allowsDuplicateKeys
        }
    }

    public let options: Options

    public init(_ options: Options = Options()) { self.options = options }

    /// The one value of the text.
    public func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, options: options)
        return try parser.text()
    }

    public func read(_ text: String) throws(JSONSyntaxError) -> JSONValue { try read(Array(text.utf8)) }
}
