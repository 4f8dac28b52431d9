import JSON

extension DatasetInspection {
    private static let mostForms = 10
    private static let mostValues = 60
    private static let mostFaults = 20

    /// What `phantom dataset inspect` prints.
    public var text: String {
        var lines = ["\(settings.path): \(settings.kind.rawValue), \(count) images, \(groups.count) groups"]
        lines += notes.map { "  \($0)" }
        lines += formLines + labelLines + refusedLines + groupLines
        if !parts.isEmpty {
            let words = DatasetPart.allCases.compactMap { part in parts[part].map { "\(part.rawValue) \($0)" } }
            lines.append("parts of the set itself: " + words.joined(separator: ", "))
        }
        let tested = parts[.test] ?? 0
        lines.append(
            "split: \(count - heldOut - tested) to train with, \(heldOut) for validation"
                + (tested > 0 ? ", \(tested) for testing" : ""))
        lines += leakLines
        if constant > 0 { lines.append("images of one level alone: \(constant)") }
        if !faults.isEmpty {
            lines.append("images that cannot be read: \(faults.count)")
            lines += faults.prefix(Self.mostFaults).map { "  \($0)" }
            if faults.count > Self.mostFaults { lines.append("  and \(faults.count - Self.mostFaults) more") }
        }
        return lines.joined(separator: "\n")
    }

    private var formLines: [String] {
        let sorted = forms.sorted { ($0.value, $1.key.text) > ($1.value, $0.key.text) }
        let among = read == count ? "" : " (of \(read) images that were read)"
        var lines = ["sizes\(among):"]
        lines += Self.table(sorted.prefix(Self.mostForms).map { ($0.key.text, $0.value) })
        if sorted.count > Self.mostForms { lines.append("  and \(sorted.count - Self.mostForms) other sizes") }
        return lines
    }

    private var labelLines: [String] {
        attributes.enumerated().flatMap { place, attribute in
            var rows = zip(attribute.values, labelCounts[place]).map { ($0, $1) }
            let more = rows.count - Self.mostValues
            rows = Array(rows.prefix(Self.mostValues))
            if unlabelled[place] > 0 { rows.append(("(unlabelled)", unlabelled[place])) }
            let head = "attribute \(attribute.name)\(attribute.multiple ? ", several values an image" : ""):"
            return [head] + Self.table(rows) + (more > 0 ? ["  and \(more) more values"] : [])
        }
    }

    private var refusedLines: [String] {
        guard !refusedClasses.isEmpty else { return [] }
        let shown = refusedClasses.prefix(Self.mostValues), more = refusedClasses.count - shown.count
        let head = "classes that phantom train refuses, of fewer than \(DatasetSettings.smallestClass) images:"
        // One way out for classes of few images, another for those of none.
        let remedies = refusedClasses.map(\.remedy).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        return [head] + Self.table(shown.map { ("\($0.attribute) \($0.value)", $0.images) })
            + (more > 0 ? ["  and \(more) more"] : []) + remedies.map { "  in train.json: \($0)" }
    }

    private var groupLines: [String] {
        let sizes = groups.values.sorted()
        guard let least = sizes.first, let most = sizes.last else { return [] }
        if most == 1 { return ["groups: \(groups.count), of one image each"] }
        let largest = groups.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(5)
        let median = sizes[(sizes.count - 1) / 2]
        return [
            "groups: \(groups.count), of \(least) to \(most) images, half of them of at most \(median); the largest:"
        ] + Self.table(largest.map { ($0.key, $0.value) })
    }

    private var leakLines: [String] {
        var lines = leaks.dividedGroups.prefix(Self.mostPairs).map {
            "  group \($0) is in two parts of the set's own split"
        }
        for (words, pairs) in [("the same pixels", leaks.same), ("nearly the same pixels", leaks.near)] {
            let crossing = pairs.filter(\.crossesSplit)
            if pairs.isEmpty { continue }
            lines.append(
                "  \(pairs.count) pairs of \(words) in different groups, \(crossing.count) of them across the split")
            for pair in Self.shown(pairs) {
                let names = [pair.first, pair.second].map { leakNames[$0] ?? "image \($0)" }
                lines.append("    \(names[0]) and \(names[1]) (\(Self.rounded(pair.correlation)))")
            }
        }
        let head = "leaks among \(leaks.compared) images: "
        return lines.isEmpty ? [head + "none"] : [head + (leaks.hasLeaks ? "found" : "none across the split")] + lines
    }

    /// Four decimals.
    private static func rounded(_ number: Float) -> String {
        let digits = "\(min(9_999, Int((number * 10_000).rounded())))"
        return number >= 1 ? "1" : "0." + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    private static func table(_ rows: [(String, Int)]) -> [String] {
        let width = rows.map { $0.0.count }.max() ?? 0
        let digits = rows.map { "\($0.1)".count }.max() ?? 0
        return rows.map { name, count in
            let number = "\(count)"
            return "  " + name + String(repeating: " ", count: width - name.count + 2)
                + String(repeating: " ", count: digits - number.count) + number
        }
    }

    /// The same as JSON.
    public var json: JSONObject {
        var labels = JSONObject()
        for (place, attribute) in attributes.enumerated() {
            labels[attribute.name] = .object(
                JSONObject(zip(attribute.values, labelCounts[place]).map { ($0, .integer($1)) }))
        }
        let sizes = forms.sorted { $0.value > $1.value }.map { form, count -> JSONValue in
            [
                "width": .integer(form.width), "height": .integer(form.height), "channels": .integer(form.channels),
                "bits": .integer(form.bitDepth), "images": .integer(count),
            ]
        }
        return [
            "dataset": .object(settings.json), "images": .integer(count), "read": .integer(read),
            "sizes": .array(sizes), "labels": .object(labels),
            "unlabelled": .object(JSONObject(zip(attributes.map(\.name), unlabelled).map { ($0, .integer($1)) })),
            "refused_classes": .array(
                refusedClasses.map {
                    [
                        "attribute": .string($0.attribute), "class": .string($0.value), "images": .integer($0.images),
                    ]
                }), "groups": .integer(groups.count),
            "held_out": .integer(heldOut),
            "parts": .object(JSONObject(parts.map { ($0.key.rawValue, .integer($0.value)) })),
            "leaks": [
                "compared": .integer(leaks.compared), "divided_groups": .array(leaks.dividedGroups.map { .string($0) }),
                "same_pixels": .integer(leaks.same.count), "near_duplicates": .integer(leaks.near.count),
                "across_the_split": .integer((leaks.same + leaks.near).count { $0.crossesSplit }),
            ],
            "constant": .integer(constant),
            "notes": .array(notes.map { .string($0) }), "faults": .array(faults.map { .string($0) }),
        ]
    }
}
