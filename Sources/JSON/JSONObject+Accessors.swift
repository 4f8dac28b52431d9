/// Typed members of a root object. A missing member is an error. For nested values, and for members that may be
/// missing, use `JSONCursor`, whose pointers start at the root.
extension JSONObject {
    public func string(_ key: String) throws(JSONMismatch) -> String { try JSONCursor(self).required(key).string() }

    public func bool(_ key: String) throws(JSONMismatch) -> Bool { try JSONCursor(self).required(key).bool() }

    public func int(_ key: String, in range: ClosedRange<Int> = Int.min...Int.max) throws(JSONMismatch) -> Int {
        try JSONCursor(self).required(key).int(in: range)
    }

    public func double(_ key: String) throws(JSONMismatch) -> Double { try JSONCursor(self).required(key).double() }

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
