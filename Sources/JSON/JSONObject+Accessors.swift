/// Typed members of a root object. A missing member without a default is an error; an absent or null
/// member takes the default. For nested values use `JSONCursor`, whose pointers start at the root.
extension JSONObject {
    public func string(_ key: String) throws(JSONMismatch) -> String { try JSONCursor(self).required(key).string() }

    public func string(_ key: String, default fallback: String) throws(JSONMismatch) -> String {
        try JSONCursor(self).member(key)?.string() ?? fallback
    }

    public func bool(_ key: String) throws(JSONMismatch) -> Bool { try JSONCursor(self).required(key).bool() }

    public func bool(_ key: String, default fallback: Bool) throws(JSONMismatch) -> Bool {
        try JSONCursor(self).member(key)?.bool() ?? fallback
    }

    public func int(_ key: String, in range: ClosedRange<Int> = Int.min...Int.max) throws(JSONMismatch) -> Int {
        try JSONCursor(self).required(key).int(in: range)
    }

    public func int(_ key: String, default fallback: Int, in range: ClosedRange<Int> = Int.min...Int.max)
        throws(JSONMismatch) -> Int
    {
        try JSONCursor(self).member(key)?.int(in: range) ?? fallback
    }

    public func double(_ key: String) throws(JSONMismatch) -> Double { try JSONCursor(self).required(key).double() }

    public func double(_ key: String, default fallback: Double) throws(JSONMismatch) -> Double {
        try JSONCursor(self).member(key)?.double() ?? fallback
    }

    public func object(_ key: String) throws(JSONMismatch) -> JSONObject { try JSONCursor(self).required(key).object() }

    public func ints(_ key: String) throws(JSONMismatch) -> [Int] {
        var values: [Int] = []
        for element in try JSONCursor(self).required(key).elements() { values.append(try element.int()) }
        return values
    }

    public func strings(_ key: String) throws(JSONMismatch) -> [String] {
        var values: [String] = []
        for element in try JSONCursor(self).required(key).elements() { values.append(try element.string()) }
        return values
    }
}
