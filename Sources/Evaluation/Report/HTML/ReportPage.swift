import Images

/// Writes `report.html`: one file without scripts and without anything that would have to be fetched.
struct ReportPage {
    let report: EvaluationReport
    /// The most bytes of the page.
    static let mostBytes = 5_000_000
    /// Bytes of PNG that each sheet of images may have.
    let bytesPerSheet: Int
    /// Gives each element that is referred to an identifier of its own.
    private(set) var identifiers = 0

    /// - Parameter pictureBytes: of PNG in the whole page.
    init(_ report: EvaluationReport, pictureBytes: Int) {
        self.report = report
        let sheets = report.sections.flatMap(\.blocks).reduce(0) { sum, block in
            switch block {
            case .comparison(let comparison): sum + 2 * comparison.rows.count
            case .pairs(let pairs): sum + 2 * pairs.pairs.count
            case .picture: sum + 1
            default: sum
            }
        }
        bytesPerSheet = pictureBytes / max(sheets, 1)
    }

    mutating func identifier() -> String {
        identifiers += 1
        return "r\(identifiers)"
    }

    /// - Throws: `ImageError` where memory runs out.
    mutating func html() throws(ImageError) -> String {
        var body = ""
        for (place, section) in report.sections.enumerated() {
            body += try html(section, place: place)
        }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" \
            content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
            <title>\(HTMLText.escaped(report.title))</title>
            <style>
            \(ReportStyle.sheet)
            </style>
            </head>
            <body>
            <header>
            <h1>\(HTMLText.escaped(report.title))</h1>
            <p>Synthetic images judged by Phantom. They show no patient and are not for diagnosis.</p>
            </header>
            \(contents)<main>
            \(verdict)\(body)\(remainingScores)\(making)</main>
            </body>
            </html>

            """
    }

    private var contents: String {
        var items = "<li><a href=\"#verdict\">Verdict</a></li>"
        for (place, section) in report.sections.enumerated() {
            items += "<li><a href=\"#section-\(place)\">\(HTMLText.escaped(section.heading))</a></li>"
        }
        items += "<li><a href=\"#making\">How this was made</a></li>"
        return "<nav aria-label=\"Contents\"><ul>\(items)</ul></nav>\n"
    }

    private var verdict: String {
        let verdict = report.verdict
        let questions: [(String, Verdict.Answer, good: Verdict.Answer.Outcome)] = [
            ("Is it realistic?", verdict.realistic, .yes), ("Is it useful?", verdict.useful, .yes),
            ("Is it somebody?", verdict.somebody, .no),
        ]
        let cards = questions.map { question, answer, good in
            let kind =
                answer.outcome == good
                ? "good" : answer.outcome == .unknown ? "unknown" : answer.outcome == .partly ? "partly" : "bad"
            return """
                <article class="card \(kind)">
                <h3>\(question) <span class="outcome">\(answer.outcome.word)</span></h3>
                <p>\(HTMLText.escaped(answer.sentence))</p>
                <p class="rule">Rule. \(HTMLText.escaped(answer.rule))</p>
                </article>

                """
        }
        return """
            <section aria-labelledby="verdict">
            <h2 id="verdict">Verdict</h2>
            <div class="cards">
            \(cards.joined())</div>
            </section>

            """
    }
}

extension Verdict.Answer.Outcome {
    var word: String {
        switch self {
        case .yes: "yes"
        case .partly: "partly"
        case .no: "no"
        case .unknown: "not known"
        }
    }
}
