import JSON

/// What an audit found of each model, for the report: where in a run copying begins, and with which conditions.
struct CopyAuditFindings {
    private let found: [(subject: CopyAuditRequest.Subject, finding: CopyAudit.Finding)]
    /// The share of held-out images that the same threshold flags.
    private let falseAlarms: Double?
    /// Training images by condition.
    private let counts: [String: Int]

    init(
        _ found: [(subject: CopyAuditRequest.Subject, finding: CopyAudit.Finding)], falseAlarms: Double?,
        counts: [String: Int]
    ) {
        (self.found, self.falseAlarms, self.counts) = (found, falseAlarms, counts)
    }

    /// A curve over the steps of a run where there are several, and tables by model and by condition.
    var blocks: [ReportBlock] {
        let models = ReportTable(
            caption: "Audit: as many images of each condition, from the same seeds",
            columns: ["model", "images", "copies", "share (95 %)", "training patients hit"],
            rows: found.map { subject, finding in
                let total = finding.total
                return [
                    subject.name, "\(total.count)", "\(total.flagged)", Self.share(total), "\(total.patients)",
                ]
            })
        var blocks: [ReportBlock] = [.table(models)]
        if let curve { blocks.insert(.curves(curve), at: 0) }
        if let first = found.first, first.finding.conditions.count > 1 { blocks.append(.table(conditions)) }
        return blocks
    }

    /// Stages of a run in their order: the first subject of each step.
    private var curve: CurveChart? {
        var points: [CurveChart.Point] = []
        for (subject, finding) in found {
            guard let step = subject.step, let share = finding.total.share,
                !points.contains(where: { $0.x == Double(step) })
            else { continue }
            points.append(.init(Double(step), share, interval: finding.total.interval))
        }
        guard points.count > 1 else { return nil }
        points.sort { $0.x < $1.x }
        var series = [CurveChart.Series("copies", points: points)]
        if let falseAlarms {
            series.append(.init("false alarms of real images", points: points.map { .init($0.x, falseAlarms) }))
        }
        return CurveChart(
            caption: "Audit: where in the run copying begins", xAxis: "step of the run", yAxis: "share of copies",
            series: series)
    }

    /// Copies by condition, the rarest first.
    private var conditions: ReportTable {
        ReportTable(
            caption: "Audit: copies by condition, those that the fewest training images show first",
            columns: ["condition", "training images"] + found.map(\.subject.name),
            rows: found[0].finding.conditions.indices.map { place in
                let condition = found[0].finding.conditions[place].condition
                return [condition.label, counts[condition.text].map(String.init) ?? "none known"]
                    + found.map { entry in
                        let report = entry.finding.conditions[place].report
                        return "\(report.flagged) of \(report.count)"
                    }
            })
    }

    private static func share(_ report: CopyReport) -> String {
        guard let share = report.share else { return "none" }
        let interval = report.interval.map {
            " (\(ReportNumber.percent($0.lowerBound)) to \(ReportNumber.percent($0.upperBound)))"
        }
        return ReportNumber.percent(share) + (interval ?? "")
    }

    /// The member `audit` of `report.json`.
    var json: JSONObject {
        [
            "false_alarm_rate": .number(falseAlarms),
            "models": .array(
                found.map { subject, finding in
                    var object = Self.json(finding.total)
                    object["name"] = .string(subject.name)
                    object["step"] = subject.step.map { .integer($0) } ?? .null
                    object["conditions"] = .array(
                        finding.conditions.map { condition, report in
                            var object = Self.json(report)
                            object["condition"] = .object(condition.json)
                            object["training_images"] = counts[condition.text].map { .integer($0) } ?? .null
                            return .object(object)
                        })
                    return .object(object)
                }),
        ]
    }

    private static func json(_ report: CopyReport) -> JSONObject {
        [
            "images": .integer(report.count), "flagged": .integer(report.flagged), "share": .number(report.share),
            "interval": report.interval.map { .array([.double($0.lowerBound), .double($0.upperBound)]) } ?? .null,
            "groups": .integer(report.patients),
        ]
    }
}
