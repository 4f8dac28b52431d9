/// Strings that are one of the cases of an enumeration, by their raw values. All throw `JSONMismatch`.
extension JSONCursor {
    /// The case that this string names.
    public func choice<Choice: RawRepresentable<String> & CaseIterable>() throws(JSONMismatch) -> Choice {
        let names = Choice.allCases.map(\.rawValue)
        guard let choice = Choice(rawValue: try string(oneOf: names)) else {
            throw mismatch(expected: "one of " + names.joined(separator: ", "))
        }
        return choice
    }

    /// The case; nil if the member is absent or null.
    public func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String
    ) throws(JSONMismatch) -> Choice? {
        guard let member = try member(key) else { return nil }
        return try member.choice() as Choice
    }

    /// The case; an absent or null member is an error that names it.
    public func requiredChoice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String
    ) throws(JSONMismatch) -> Choice {
        if let value: Choice = try choice(key) { return value }
        throw JSONMismatch(pointer: pointer(to: key), expected: "a value", got: "nothing")
    }
}
