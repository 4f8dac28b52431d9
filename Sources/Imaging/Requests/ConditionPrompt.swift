import JSON

/// What images shall show, written as people write it: `view=PA, finding=Effusion+Cardiomegaly`, or words that name
/// values, `PA with effusion and cardiomegaly`. Nothing is guessed: a word that names no value is refused.
package struct ConditionPrompt: Sendable {
    /// A text that is none.
    package struct Refusal: Error, Sendable {
        package let detail: String
    }

    private struct Entry: Sendable {
        let attribute: Int
        let value: String
    }

    /// Bytes of a prompt at most.
    package static let longest = 4_000
    /// Words of a value at most that is found among others; a longer one is written after its attribute's name.
    private static let mostWords = 16
    /// Words that a sentence has and that say nothing here.
    private static let fillers: Set<Substring> = ["a", "an", "and", "the", "of", "with", "in", "image", "images"]

    private let attributes: [ModelFacts.Attribute]
    /// By the normalised text of the value; several where attributes share it.
    private let entries: [String: [Entry]]
    /// Of the model's modality and its attributes: they may stand there, and ask for nothing.
    private let idle: Set<String>
    private let longestValue: Int

    package init(_ model: ModelFacts) {
        attributes = model.attributes
        var entries: [String: [Entry]] = [:], longest = 1
        for (place, attribute) in attributes.enumerated() {
            for value in attribute.values {
                let text = Self.normalised(value)
                entries[text, default: []].append(Entry(attribute: place, value: value))
                longest = max(longest, text.split(separator: " ").count)
            }
        }
        (self.entries, longestValue) = (entries, min(longest, Self.mostWords))
        let names = attributes.map(\.name) + [model.modality ?? ""]
        idle = Set(names.flatMap { Self.normalised($0).split(separator: " ").map(String.init) })
    }

    /// The `condition` of a request that the text asks for; empty for an empty text.
    package func condition(_ text: String) throws(Refusal) -> JSONObject {
        guard text.utf8.count <= Self.longest else {
            throw Refusal(detail: "expected at most \(Self.longest) bytes, got \(text.utf8.count)")
        }
        var chosen: [[String]] = attributes.map { _ in [] }
        for clause in text.split(whereSeparator: { ",;\n".contains($0) }) {
            let found = clause.contains("=") ? try expression(clause) : try words(clause)
            for entry in found where !chosen[entry.attribute].contains(entry.value) {
                chosen[entry.attribute].append(entry.value)
            }
        }
        var condition = JSONObject()
        for (attribute, values) in zip(attributes, chosen) where !values.isEmpty {
            guard attribute.multiple || values.count == 1 else {
                let got = values.joined(separator: " and ")
                throw Refusal(detail: "\(attribute.name): expected one value, got \(got.excerpt(200))")
            }
            condition[attribute.name] =
                attribute.multiple ? .array(values.map { .string($0) }) : .string(values[0])
        }
        return condition
    }

    /// `name=value+value`.
    private func expression(_ clause: Substring) throws(Refusal) -> [Entry] {
        let sides = clause.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = Self.normalised(String(sides[0]))
        guard let place = attributes.firstIndex(where: { Self.normalised($0.name) == name }) else {
            let known = attributes.map(\.name).listed
            throw Refusal(detail: "unknown attribute \"\(name.excerpt(60))\"; known are \(known)")
        }
        var found: [Entry] = []
        for word in sides[1].split(separator: "+", omittingEmptySubsequences: false) {
            let value = String(word).trimmed
            // As it is written first: values may differ in their case alone.
            let entry =
                attributes[place].index(of: value).map { Entry(attribute: place, value: attributes[place].values[$0]) }
                ?? entries[Self.normalised(value)]?.first { $0.attribute == place }
            guard let entry else {
                let known = attributes[place].values.listed
                throw Refusal(
                    detail: "unknown value \"\(value.excerpt(60))\" of \(attributes[place].name); known are \(known)")
            }
            found.append(entry)
        }
        return found
    }

    /// Words that name values, the longest value first.
    private func words(_ clause: Substring) throws(Refusal) -> [Entry] {
        let words = Self.normalised(String(clause)).split(separator: " ")
        var found: [Entry] = [], place = 0
        while place < words.count {
            let longest = min(longestValue, words.count - place)
            let match = (1...longest).reversed().lazy.compactMap { count in
                entries[words[place..<place + count].joined(separator: " ")].map { (count, $0) }
            }.first
            if let (count, entries) = match {
                guard entries.count == 1 else { throw ambiguous(entries) }
                found.append(entries[0])
                place += count
            } else if Self.fillers.contains(words[place]) || idle.contains(String(words[place])) {
                place += 1
            } else {
                throw unknown(String(words[place]))
            }
        }
        return found
    }

    private func ambiguous(_ entries: [Entry]) -> Refusal {
        let ways = entries.prefix(20).map { "\(attributes[$0.attribute].name)=\($0.value)" }
        return Refusal(
            detail: "\"\(entries[0].value.excerpt(60))\" has several meanings; write \(ways.joined(separator: " or "))")
    }

    private func unknown(_ word: String) -> Refusal {
        let known = attributes.map { "\($0.name)=\($0.values.listed)" }.joined(separator: "; ")
        let all = attributes.isEmpty ? "this model has none: send an empty prompt" : "known are \(known)"
        return Refusal(detail: "unknown word \"\(word.excerpt(60))\"; \(all)")
    }

    /// In lower case, with single spaces for underscores, hyphens, plus signs, full stops and white space.
    private static func normalised(_ text: String) -> String {
        let words = text.lowercased().split { $0.isWhitespace || "_-+.".contains($0) }
        return words.joined(separator: " ")
    }
}

extension String {
    fileprivate var trimmed: String {
        let start = drop { $0.isWhitespace }
        return String(start.prefix(start.count - start.reversed().prefix { $0.isWhitespace }.count))
    }
}
