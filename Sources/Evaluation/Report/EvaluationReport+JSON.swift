import JSON

extension EvaluationReport {
    /// The document `report.json`; `Documentation/report.schema.json` is its schema.
    public var json: JSONObject {
        var object: JSONObject = ["format": .string(Self.format), "title": .string(title)]
        object["created"] = created.map { .string($0) }
        object["command"] = .array(command.map { .string($0) })
        object["verdict"] = .object(verdict.json)
        object["sets"] = .object(JSONObject(sets.map { ($0.role.rawValue, .object($0.json)) }))
        object["features"] = .object(features)
        object["metrics"] = .object(metrics)
        object["sections"] = .array(sections.map { .object($0.json) })
        object["provenance"] = .object(JSONObject(facts.map { ($0.name, .string($0.value)) }))
        for (name, value) in parts where object[name] == nil { object[name] = value }
        object["notes"] = .array(notes.map { .string($0) })
        return object
    }

    /// Every number under its name: those of `scores` first, then those that stand in tables alone. Where a name is
    /// taken by another number, the features are added to it: `frechet_distance@radiomics`.
    var metrics: JSONObject {
        var found = JSONObject()
        let rows = tableRows
        for score in scores + rows.map(\.synthetic) {
            var object = score.json
            if let row = rows.first(where: { $0.synthetic == score }) {
                object["real_against_real"] = row.realAgainstReal.map { JSONValue.object($0.json) } ?? .null
                object["blurred_real"] = row.blurredReal.map { JSONValue.object($0.json) } ?? .null
            }
            let value = JSONValue.object(object)
            var name = score.name, number = 1
            // The same number in two tables is one number.
            while let present = found[name], present != value {
                name = "\(score.name)@\(score.features ?? "pixels")" + (number > 1 ? "#\(number)" : "")
                number += 1
            }
            found[name] = value
        }
        return found
    }

    /// The rows of all tables of numbers, in their order.
    var tableRows: [ScoreTable.Row] {
        var rows: [ScoreTable.Row] = []
        for case .scores(let table) in sections.flatMap(\.blocks) { rows += table.rows }
        return rows
    }
}

extension EvaluationReport.Set {
    var json: JSONObject {
        var object: JSONObject = ["path": .string(path), "images": .integer(images)]
        object["groups"] = groups.map { .integer($0) } ?? .null
        object["sha256"] = digest.map { .string($0) } ?? .null
        return object
    }
}

extension Verdict {
    var json: JSONObject {
        ["realistic": .object(realistic.json), "useful": .object(useful.json), "somebody": .object(somebody.json)]
    }
}

extension Verdict.Answer {
    var json: JSONObject {
        ["answer": .string(outcome.rawValue), "sentence": .string(sentence), "rule": .string(rule)]
    }
}
