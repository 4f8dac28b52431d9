import Diffusion
import JSON
import Networks

/// What images shall show: for each attribute named, the values asked for, in the order of the model's list.
public struct ConditionRequest: Sendable, Equatable {
    public struct Choice: Sendable, Equatable {
        public let attribute: String
        public let values: [String]
        public let multiple: Bool
    }

    public let choices: [Choice]
    /// Rows of the class table, to be summed; empty if nothing was asked for.
    public let rows: [Int]

    public static let none = ConditionRequest(choices: [], rows: [])

    /// As it stands in answers: a value, or a list where the attribute takes several.
    public var json: JSONValue {
        var object = JSONObject()
        for choice in choices {
            object[choice.attribute] =
                choice.multiple ? .array(choice.values.map { .string($0) }) : .string(choice.values[0])
        }
        return .object(object)
    }

    /// As recipes hold it. Nothing asked for is the null class.
    func condition(for model: ModelFacts) -> Condition {
        guard model.hasClassTable else { return Condition() }
        let null = model.nullClass.map { ClassInput.rows([$0]) }
        return Condition(
            choices: choices.map { .init(attribute: $0.attribute, values: $0.values) },
            input: rows.isEmpty ? null ?? .rows([]) : .rows(rows), null: null)
    }

    /// Reads `condition` of a body against the attributes of a model; complaints go to `faults`.
    static func read(
        _ cursor: JSONCursor, attributes: [ModelFacts.Attribute], faults: inout RequestFaults
    ) -> ConditionRequest {
        guard let object = cursor.value.object else {
            faults.append(RequestFault(cursor.mismatch(expected: "an object of attribute names and values")))
            return .none
        }
        let names = Set(attributes.map(\.name))
        let known = names.isEmpty ? "this model has none" : "there are \(attributes.map(\.name).listed)"
        for (key, _) in object where !names.contains(key) {
            faults.append(
                .init(pointer: FieldCollector.fragment(cursor.pointer(to: key)), detail: "unknown attribute; \(known)"))
        }
        var choices: [Choice] = []
        var rows: [Int] = []
        for attribute in attributes {
            guard object[attribute.name] != nil else { continue }
            do throws(JSONMismatch) {
                let chosen = try indices(cursor.required(attribute.name), of: attribute)
                if chosen.isEmpty { continue }
                choices.append(
                    .init(
                        attribute: attribute.name, values: chosen.map { attribute.values[$0] },
                        multiple: attribute.multiple))
                rows += chosen.map { attribute.firstRow + $0 }
            } catch {
                faults.append(RequestFault(error))
            }
        }
        if rows.count > Condition.mostValues {
            let (most, got) = ("at most \(Condition.mostValues) values in all", "\(rows.count)")
            faults.append(RequestFault(JSONMismatch(pointer: cursor.pointer, expected: most, got: got)))
        }
        return ConditionRequest(choices: choices, rows: rows)
    }

    /// Places in the attribute's list, ascending, so that the order of a request does not matter to the sum.
    private static func indices(_ cursor: JSONCursor, of attribute: ModelFacts.Attribute) throws(JSONMismatch) -> [Int]
    {
        guard let list = cursor.value.array else { return [try index(cursor, of: attribute)] }
        guard attribute.multiple || list.count == 1 else {
            let mismatch = cursor.mismatch(expected: "one value, as an image has one of this attribute")
            throw JSONMismatch(pointer: mismatch.pointer, expected: mismatch.expected, got: "\(list.count)")
        }
        let elements = try cursor.elements(count: 0...attribute.values.count)
        var chosen: Set<Int> = []
        for element in elements {
            guard chosen.insert(try index(element, of: attribute)).inserted else {
                throw element.mismatch(expected: "each value once")
            }
        }
        return chosen.sorted()
    }

    /// A label, or a whole number where the labels are numbers.
    private static func index(_ cursor: JSONCursor, of attribute: ModelFacts.Attribute) throws(JSONMismatch) -> Int {
        let label = cursor.value.string ?? cursor.value.number?.int64.map { String($0) }
        guard let label, let index = attribute.index(of: label) else {
            throw cursor.mismatch(expected: "one of \(attribute.values.listed)")
        }
        return index
    }
}

extension [String] {
    /// The values there are; a table of a thousand rows is not written out.
    var listed: String {
        let shown = prefix(100).joined(separator: ", ")
        return count > 100 ? "\(shown), … (\(count) in all)" : shown
    }
}
