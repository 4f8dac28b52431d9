/// A value that is not what was asked for: where, what was expected, what stands there.
public struct JSONMismatch: Error, Equatable, Sendable, CustomStringConvertible {
    /// JSON pointer (RFC 6901); empty for the whole text.
    public let pointer: String
    public let expected: String
    public let got: String

    public init(pointer: String, expected: String, got: String) {
        self.pointer = pointer
        self.expected = expected
        self.got = got
    }

    public var description: String { "\(pointer.isEmpty ? "/" : pointer): expected \(expected), got \(got)" }
}

/// A value and the way to it, so that every complaint names its place. All accessors throw `JSONMismatch`.
public struct JSONCursor: Sendable {
    public let value: JSONValue
    private let place: JSONPlace

    public init(_ value: JSONValue, pointer: String = "") {
        self.init(value, place: .root(pointer))
    }

    private init(_ value: JSONValue, place: JSONPlace) {
        self.value = value
        self.place = place
    }

    /// JSON pointer from the root (RFC 6901).
    public var pointer: String { place.pointer }

    public init(_ object: JSONObject, pointer: String = "") { self.init(.object(object), pointer: pointer) }

    /// The error of a value that does not fit here.
    public func mismatch(expected: String) -> JSONMismatch {
        JSONMismatch(pointer: pointer, expected: expected, got: value.summary)
    }

    public func string() throws(JSONMismatch) -> String {
        guard let text = value.string else { throw mismatch(expected: "a string") }
        return text
    }

    /// A string out of a closed list.
    public func string(oneOf choices: [String]) throws(JSONMismatch) -> String {
        guard let text = value.string, choices.contains(text) else {
            throw mismatch(expected: "one of " + choices.joined(separator: ", "))
        }
        return text
    }

    public func bool() throws(JSONMismatch) -> Bool {
        guard let flag = value.bool else { throw mismatch(expected: "true or false") }
        return flag
    }

    /// A flag as Python tests one, to which None is as good as false.
    public func boolOrNone() throws(JSONMismatch) -> Bool { value.isNull ? false : try bool() }

    /// A whole number (`2.0` is one) within `range`.
    public func int(in range: ClosedRange<Int> = Int.min...Int.max) throws(JSONMismatch) -> Int {
        guard let number = value.number?.int, range.contains(number) else {
            throw mismatch(expected: "an integer" + Self.words(range, unbounded: Int.min...Int.max))
        }
        return number
    }

    public func uint64() throws(JSONMismatch) -> UInt64 {
        guard let number = value.number?.uint64 else { throw mismatch(expected: "an integer from 0 to \(UInt64.max)") }
        return number
    }

    /// A finite number within `range`.
    public func double(in range: ClosedRange<Double> = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
        throws(JSONMismatch) -> Double
    {
        guard let number = value.number?.double, range.contains(number) else {
            throw mismatch(
                expected: "a number"
                    + Self.words(range, unbounded: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude))
        }
        return number
    }

    /// Two finite numbers within `range` as [low, high], the second at least `gap` above the first.
    public func interval(in range: ClosedRange<Double>, gap: Double) throws(JSONMismatch) -> ClosedRange<Double> {
        let ends = try elements(count: 2...2)
        let (low, high) = (try ends[0].double(in: range), try ends[1].double(in: range))
        guard low < high, high - low >= gap else {
            throw JSONMismatch(
                pointer: pointer, expected: "[low, high], high at least \(gap) above low", got: "[\(low), \(high)]")
        }
        return low...high
    }

    public func object() throws(JSONMismatch) -> JSONObject {
        guard let object = value.object else { throw mismatch(expected: "an object") }
        return object
    }

    /// The elements of an array, each with its pointer; `count` bounds how many.
    public func elements(count: ClosedRange<Int> = 0...Int.max) throws(JSONMismatch) -> [JSONCursor] {
        guard let array = value.array, count.contains(array.count) else {
            throw mismatch(expected: "an array" + Self.words(count, unbounded: 0...Int.max, unit: " of"))
        }
        return array.enumerated().map { JSONCursor($1, place: .element(place, $0)) }
    }

    /// The member; nil if it is absent or null.
    public func member(_ key: String) throws(JSONMismatch) -> JSONCursor? {
        guard let member = try object()[key], !member.isNull else { return nil }
        return JSONCursor(member, place: .member(place, key))
    }

    /// The member as it is given, null among them; nil only if it is absent. For files whose members are arguments of
    /// a Python constructor: an absent one takes the default there, null is None.
    /// - Parameter isUsed: where it is not, null says nothing either.
    public func given(_ key: String, isUsed: Bool = true) throws(JSONMismatch) -> JSONCursor? {
        guard let member = try object()[key], isUsed || !member.isNull else { return nil }
        return JSONCursor(member, place: .member(place, key))
    }

    /// The member; an absent one is an error that names it.
    public func required(_ key: String) throws(JSONMismatch) -> JSONCursor {
        guard let member = try object()[key] else {
            throw JSONMismatch(pointer: pointer(to: key), expected: "a value", got: "nothing")
        }
        return JSONCursor(member, place: .member(place, key))
    }

    /// Refuses members outside `known`, naming the first.
    public func refuseMembers(otherThan known: Set<String>) throws(JSONMismatch) {
        for (key, _) in try object() where !known.contains(key) {
            throw JSONMismatch(
                pointer: pointer(to: key), expected: "one of the fields " + known.sorted().joined(separator: ", "),
                got: "an unknown field")
        }
    }

    /// The pointer to a member, be it there or not.
    public func pointer(to key: String) -> String { JSONPlace.member(place, key).pointer }

    private static func words<T: Equatable>(_ range: ClosedRange<T>, unbounded: ClosedRange<T>, unit: String = "")
        -> String
    {
        if range == unbounded { return "" }
        if range.upperBound == unbounded.upperBound { return "\(unit) at least \(range.lowerBound)" }
        if range.lowerBound == unbounded.lowerBound { return "\(unit) at most \(range.upperBound)" }
        return range.lowerBound == range.upperBound
            ? "\(unit) \(range.lowerBound)" : "\(unit) \(range.lowerBound) to \(range.upperBound)"
    }
}
