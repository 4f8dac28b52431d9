/// An object: members in their order, each key once. Keys are compared byte by byte in UTF-8, as
/// RFC 8259 section 8.3 compares code units (Swift's `String` would take two spellings of é as one).
public struct JSONObject: Sendable {
    private var members: [(key: String, value: JSONValue)] = []
    private var places: [JSONKey: Int] = [:]

    public init() {}

    /// A later member of the same key replaces the value of the earlier one.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (key, value) in members { self[key] = value }
    }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }
    /// Keys in their order.
    public var keys: [String] { members.map(\.key) }

    /// The member's value; assigning appends or replaces in place, assigning nil removes.
    public subscript(key: String) -> JSONValue? {
        get { places[JSONKey(key)].map { members[$0].value } }
        set {
            if let place = places[JSONKey(key)] {
                if let newValue {
                    members[place].value = newValue
                } else {
                    members.remove(at: place)
                    places = [:]
                    for (index, member) in members.enumerated() { places[JSONKey(member.key)] = index }
                }
            } else if let newValue {
                places[JSONKey(key)] = members.count
                members.append((key, newValue))
            }
        }
    }

    /// Appends a member unless the key is there already.
    mutating func appendUnlessPresent(_ key: String, _ value: JSONValue) -> Bool {
        let present = places.updateValue(members.count, forKey: JSONKey(key))
        if let present {
            places[JSONKey(key)] = present
            return false
        }
        members.append((key, value))
        return true
    }
}

extension JSONObject: Sequence {
    public func makeIterator() -> IndexingIterator<[(key: String, value: JSONValue)]> { members.makeIterator() }
}

extension JSONObject: Equatable {
    /// Same members with equal values; the order does not count.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

/// A key that is equal only to the same bytes.
struct JSONKey: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (left: JSONKey, right: JSONKey) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

extension JSONObject {
    /// The same members, those that are named in the order of the names, then the others as they come.
    public func ordered(by names: [String]) -> JSONObject {
        var ordered = JSONObject()
        for name in names { ordered[name] = self[name] }
        // What has its place already keeps it.
        for (name, value) in self { ordered[name] = value }
        return ordered
    }
}
