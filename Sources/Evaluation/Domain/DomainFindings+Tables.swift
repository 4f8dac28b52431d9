/// What the page shows of them beside the distances.
extension DomainFindings {
    var spectra: CurveChart {
        func series(_ name: String, _ set: DomainProfiles) -> CurveChart.Series {
            let rings = set.profiles[0].spectrum.count
            return .init(
                name,
                points: (0..<rings).map { ring in
                    let mean = set.profiles.reduce(0) { $0 + $1.spectrum[ring] } / Double(set.count)
                    return .init(Double(ring + 1), mean)
                })
        }
        return CurveChart(
            caption: "Power over fineness", xAxis: "cycles a side", yAxis: "log10 of the mean power",
            series: [series("held-out real", profiles.real), series("synthetic", profiles.synthetic)])
    }

    /// Mean and deviation of each number of both sets.
    var means: ReportTable {
        func text(_ set: DomainProfiles, _ name: String) -> String {
            let values = set.profiles.compactMap { $0.values[name] }
            guard !values.isEmpty else { return "none" }
            let mean = values.reduce(0, +) / Double(values.count)
            let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
            return "\(ReportNumber.text(mean)) (deviation \(ReportNumber.text(deviation)))"
        }
        var rows = (modality?.values ?? []).map { value in
            [value.label, text(profiles.real, value.name), text(profiles.synthetic, value.name)]
        }
        if modality == .chest {
            func share(_ set: DomainProfiles) -> String {
                let sides = set.profiles.compactMap { $0.values["heart_asymmetry"] }
                guard !sides.isEmpty else { return "none" }
                return ReportNumber.percent(Double(sides.count { $0 < 0 }) / Double(sides.count))
            }
            rows.append(["Hearts to the left of the image", share(profiles.real), share(profiles.synthetic)])
        }
        return ReportTable(caption: "Means", columns: ["number", "held-out real", "synthetic"], rows: rows)
    }

    var byCondition: ReportTable {
        ReportTable(
            caption: "The same distances by condition",
            columns: ["condition"] + rows.map { meaning($0.synthetic.name).label },
            rows: conditions.map { condition in
                [condition.name]
                    + condition.scores.map { score in
                        score.value.map { ReportNumber.text(($0 * 1000).rounded() / 1000) } ?? "none"
                    }
            })
    }

    /// Mean of each number by condition: foreground by slice level, tissue by class.
    var meansByCondition: ReportTable {
        func mean(_ set: DomainProfiles, _ name: String) -> String {
            let values = set.profiles.compactMap { $0.values[name] }
            guard !values.isEmpty else { return "none" }
            return ReportNumber.text((values.reduce(0, +) / Double(values.count) * 1000).rounded() / 1000)
        }
        let values = modality?.values ?? []
        return ReportTable(
            caption: "Means by condition: held-out real; synthetic",
            columns: ["condition", "images"] + values.map(\.label),
            rows: conditions.map { condition in
                [condition.name, "\(condition.real.count); \(condition.synthetic.count)"]
                    + values.map { "\(mean(condition.real, $0.name)); \(mean(condition.synthetic, $0.name))" }
            })
    }
}
