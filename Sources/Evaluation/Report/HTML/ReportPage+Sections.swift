import Images

extension ReportPage {
    mutating func html(_ section: ReportSection, place: Int) throws(ImageError) -> String {
        var blocks = ""
        for block in section.blocks { blocks += try html(block) }
        let introduction = section.introduction.isEmpty ? "" : "<p>\(HTMLText.escaped(section.introduction))</p>\n"
        return """
            <section aria-labelledby="section-\(place)">
            <h2 id="section-\(place)">\(HTMLText.escaped(section.heading))</h2>
            \(introduction)\(blocks)</section>

            """
    }

    private mutating func html(_ block: ReportBlock) throws(ImageError) -> String {
        switch block {
        case .text(let text): "<p>\(HTMLText.escaped(text))</p>\n"
        case .warning(let text): "<p class=\"warning\"><strong>Mind:</strong> \(HTMLText.escaped(text))</p>\n"
        case .scores(let table): html(table)
        case .table(let table): html(table)
        case .comparison(let comparison): try html(comparison)
        case .pairs(let pairs): try html(pairs)
        case .picture(let picture): try html(picture)
        case .histogram(let chart): html(chart)
        case .curves(let chart): html(chart)
        }
    }

    /// A section of the numbers that stand in no table.
    var remainingScores: String {
        let rows = report.tableRows
        let scores = report.scores.filter { score in !rows.contains { $0.synthetic == score } }
        guard !scores.isEmpty else { return "" }
        var copy = self
        let table = ScoreTable(
            caption: "Numbers without a row of real images beside them.",
            rows: scores.map { ScoreTable.Row($0.name, meaning: "", synthetic: $0) })
        return """
            <section aria-labelledby="numbers">
            <h2 id="numbers">Further numbers</h2>
            \(copy.html(table))</section>

            """
    }

    /// How the report was made.
    var making: String {
        func list(_ facts: [(String, String)]) -> String {
            let items = facts.map { "<dt>\(HTMLText.escaped($0.0))</dt><dd>\(HTMLText.escaped($0.1))</dd>" }
            return facts.isEmpty ? "" : "<dl>\(items.joined())</dl>\n"
        }
        let sets = report.sets.map { set in
            let groups = set.groups.map { ", \($0) patients or other groups" } ?? ""
            let digest = set.digest.map { ", SHA-256 of the pixels \($0)" } ?? ""
            return ("\(set.role.rawValue) images", "\(set.images) in \(set.path)\(groups)\(digest)")
        }
        let features = report.features.map { name, value in
            ("features: \(name)", value.string ?? String(decoding: value.serialized(), as: UTF8.self))
        }
        let notes = report.notes.map { "<li>\(HTMLText.escaped($0))</li>" }
        let command = report.command.isEmpty ? [] : [("command", "phantom " + report.command.joined(separator: " "))]
        let created = report.created.map { [("made", $0)] } ?? []
        return """
            <section aria-labelledby="making">
            <h2 id="making">How this was made</h2>
            \(list(command + sets + features + report.facts.map { ($0.name, $0.value) } + created))\
            \(notes.isEmpty ? "" : "<h3>Assumed or passed over</h3>\n<ul>\(notes.joined())</ul>\n")</section>

            """
    }
}
