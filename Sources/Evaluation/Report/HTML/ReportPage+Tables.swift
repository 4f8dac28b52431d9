extension ReportPage {
    mutating func html(_ table: ScoreTable) -> String {
        let rows = table.rows.map { row in
            """
            <tr><th scope="row">\(HTMLText.escaped(row.label))\
            <span class="meaning">\(HTMLText.escaped(row.meaning)) \
            \(HTMLText.escaped(Self.facts(row.synthetic)))</span>\
            \(row.synthetic.warnings.map(Self.warning).joined())</th>\
            <td>\(Self.cell(row.realAgainstReal))</td><td class="synthetic">\(Self.cell(row.synthetic))</td>\
            <td>\(Self.cell(row.blurredReal))</td></tr>

            """
        }
        return scrolling(
            caption: table.caption,
            head: """
                <th scope="col">Number</th><th scope="col">Real against real</th><th scope="col">Synthetic</th>\
                <th scope="col">Blurred real</th>
                """, body: rows.joined(), kind: "scores")
    }

    mutating func html(_ table: ReportTable) -> String {
        let columns = max(table.columns.count, table.rows.map(\.count).max() ?? 0)
        func padded(_ cells: [String]) -> [String] {
            cells + [String](repeating: "", count: max(columns - cells.count, 0))
        }
        let head = padded(table.columns).map { text in
            text.isEmpty ? "<td></td>" : "<th scope=\"col\">\(HTMLText.escaped(text))</th>"
        }
        let rows = table.rows.map { cells in
            let written = padded(cells).enumerated().map { place, text in
                place == 0
                    ? "<th scope=\"row\">\(HTMLText.escaped(text))</th>" : "<td>\(HTMLText.escaped(text))</td>"
            }
            return "<tr>\(written.joined())</tr>\n"
        }
        return scrolling(caption: table.caption, head: head.joined(), body: rows.joined(), kind: "plain")
    }

    /// A table that scrolls by itself where the page is narrower, by keyboard as well.
    private mutating func scrolling(caption: String, head: String, body: String, kind: String) -> String {
        let identifier = identifier()
        return """
            <div class="scroll" tabindex="0" role="region" aria-labelledby="\(identifier)">
            <table class="\(kind)">
            <caption id="\(identifier)">\(HTMLText.escaped(caption))</caption>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(body)</tbody>
            </table>
            </div>

            """
    }

    private static func warning(_ text: String) -> String {
        "<span class=\"mind\">Mind: \(HTMLText.escaped(text)).</span>"
    }

    /// What a number is made of, and what a good one is.
    private static func facts(_ score: Score) -> String {
        let better =
            switch score.direction {
            case .lower: "Lower is better. "
            case .higher: "Higher is better. "
            case .none: ""
            }
        return "\(better)\(score.realCount) real, \(score.syntheticCount) synthetic; of "
            + (score.features ?? "pixels") + "."
    }

    /// The value over its interval; where there is no value, why.
    private static func cell(_ score: Score?) -> String {
        guard let score else { return "<span class=\"absent\">not made</span>" }
        guard let value = score.value else {
            return "<span class=\"absent\">none: \(HTMLText.escaped(score.reason ?? "it was not computed"))</span>"
        }
        let interval = score.interval.map { "<span class=\"interval\">\(ReportNumber.text($0))</span>" } ?? ""
        return "<span class=\"value\">\(ReportNumber.text(value))</span>\(interval)"
    }
}
