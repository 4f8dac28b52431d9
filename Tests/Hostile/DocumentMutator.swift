import JSON

/// Spoils a valid document in a few places: values at and beyond the ends of every range, other kinds, lists that are empty, doubled or
/// wrongly sorted, members that are missing or stand in each other's place.
public struct DocumentMutator: Sendable {
    /// Words that mean something in such documents.
    private let vocabulary: [String]

    /// - Parameter vocabulary: beside the words of the document itself.
    public init(vocabulary: [String] = []) { self.vocabulary = vocabulary }

    /// The document with none to six of its values spoilt.
    public func mutate(_ document: JSONObject, _ choices: inout Choices) -> JSONObject {
        var value = JSONValue.object(document)
        for _ in 0..<6 {
            guard choices.below(4) != 0 else { break }
            // The whole document counts as its first value, and is not replaced itself.
            value = spoil(value, at: 1 + choices.below(max(1, Self.count(value) - 1)), &choices)
        }
        return value.object ?? document
    }

    /// Values in a document, itself among them.
    private static func count(_ value: JSONValue) -> Int {
        switch value {
        case .array(let elements): elements.reduce(1) { $0 + count($1) }
        case .object(let object): object.reduce(1) { $0 + count($1.value) }
        default: 1
        }
    }

    /// - Parameter place: of the value to spoil, in the order of the text; 0 is `value` itself.
    private func spoil(_ value: JSONValue, at place: Int, _ choices: inout Choices) -> JSONValue {
        guard place > 0 else { return spoilt(value, &choices) }
        switch value {
        case .array(var elements):
            guard let inner = Self.find(place - 1, in: elements) else { return value }
            elements[inner.index] = spoil(elements[inner.index], at: inner.place, &choices)
            return .array(elements)
        case .object(var object):
            let members = Array(object)
            guard let inner = Self.find(place - 1, in: members.map(\.value)) else { return value }
            object[members[inner.index].key] = spoil(members[inner.index].value, at: inner.place, &choices)
            return .object(object)
        default: return value
        }
    }

    /// Which of the values that a place is in, one after the other in the text, and where in it.
    private static func find(_ place: Int, in values: [JSONValue]) -> (index: Int, place: Int)? {
        var place = place
        for (index, value) in values.enumerated() {
            let size = count(value)
            if place < size { return (index, place) }
            place -= size
        }
        return nil
    }

    // MARK: One value

    private func spoilt(_ value: JSONValue, _ choices: inout Choices) -> JSONValue {
        // Every third time a value of any kind, otherwise one of its own.
        if choices.below(3) == 0 { return choices.pick(HostileValues.all) }
        switch value {
        case .number(let number): return self.number(number, &choices)
        case .string(let text): return string(text, &choices)
        case .array(let elements): return array(elements, &choices)
        case .object(let object): return members(of: object, &choices)
        case .bool(let flag): return .bool(!flag)
        case .null: return choices.pick(HostileValues.numbers)
        }
    }

    private func number(_ number: JSONNumber, _ choices: inout Choices) -> JSONValue {
        let value = number.double ?? 0
        switch choices.below(8) {
        case 0: return .double(-value)
        case 1: return .double(2 * value)
        case 2: return .double(value / 2)
        case 3: return number.int.map { .integer($0 &+ 1) } ?? .double(value.nextUp)
        case 4: return number.int.map { .integer($0 &- 1) } ?? .double(value.nextDown)
        case 5: return .integer(choices.below(70))
        default: return choices.pick(HostileValues.numbers)
        }
    }

    private func string(_ text: String, _ choices: inout Choices) -> JSONValue {
        let digits = text.first?.isNumber == true
        switch choices.below(8) {
        case 0: return ""
        case 1: return .string(text + text)
        case 2: return .string(String(text.dropLast()))
        case 3: return .string(String(repeating: "é", count: 300))
        case 4 where digits, 5 where digits: return .string(choices.pick(HostileValues.texts))
        default: return .string(vocabulary.isEmpty ? "none" : choices.pick(vocabulary))
        }
    }

    private func array(_ elements: [JSONValue], _ choices: inout Choices) -> JSONValue {
        switch choices.below(elements.count > 1000 ? 1 : 8) {
        case 0: return []
        case 1: return .array(elements + elements)
        case 2: return .array(elements.reversed())
        case 3: return .array(Array(elements.dropLast()))
        case 4: return .array([.array(elements)])
        case 5: return .array(elements.flatMap { Array(repeating: $0, count: 40) })
        case 6: return .array(elements.map { _ in choices.pick(HostileValues.numbers) })
        default: return .array(elements + [choices.pick(HostileValues.all)])
        }
    }

    private func members(of object: JSONObject, _ choices: inout Choices) -> JSONValue {
        var object = object
        let keys = object.keys
        guard !keys.isEmpty else { return ["unknown": 1] }
        let (one, other) = (choices.pick(keys), choices.pick(keys))
        switch choices.below(5) {
        case 0: object[one] = nil
        case 1: (object[one], object[other]) = (object[other], object[one])
        case 2: object[one] = object[other]
        case 3: object[vocabulary.isEmpty ? "unknown" : choices.pick(vocabulary)] = object[one]
        default: object = [one: object[one] ?? .null]
        }
        return .object(object)
    }
}
