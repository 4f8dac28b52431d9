import JSON

extension DownstreamFindings {
    /// `downstream_auc_difference`: AUC of *real + synthetic* less that of *real twice*, of the convolutional
    /// classifier with all real images; and of the linear one. The verdict looks at the first.
    var scores: [Score] {
        let share = experiment.plan.shares.max() ?? 100
        return experiment.plan.classifiers.compactMap { classifier in
            guard let entry = entry(classifier, share, .both), let difference = entry.differences?.auc else {
                return nil
            }
            let isHeadline = classifier == .convolutional
            var score = Score(
                "downstream_auc_difference" + (isHeadline ? "" : ".\(classifier.rawValue)"), value: difference.value,
                counts: (real: entry.real, synthetic: entry.synthetic),
                features: isHeadline ? nil : experiment.inputs["features"]?.string, direction: .higher)
            score.interval = difference.interval
            if score.value != nil, score.interval == nil {
                score.warnings.append("no interval: all test images are of one patient or group")
            } else if score.value != nil, !difference.isShown {
                score.warnings.append("no difference shown")
            }
            return score
        }
    }

    private func entry(_ classifier: DownstreamPlan.Classifier, _ share: Int, _ arm: DownstreamArm) -> Entry? {
        entries.first { $0.classifier == classifier && $0.share == share && $0.arm == arm }
    }

    /// The part of the page.
    var section: ReportSection {
        let plan = experiment.plan
        var blocks: [ReportBlock] = []
        if !leftOut.isEmpty {
            let shares = leftOut.map { "\($0) %" }.joined(separator: ", ")
            blocks.append(.warning("Too few images of a class at \(shares): left out."))
        }
        for classifier in plan.classifiers {
            blocks += [.curves(curves(classifier)), .table(table(classifier, "AUC", \.auc))]
            blocks += [
                .table(differences(classifier, "AUC", \.auc)),
                .table(table(classifier, "balanced accuracy", \.balanced)),
                .table(differences(classifier, "balanced accuracy", \.balanced)), .table(perClass(classifier)),
            ]
        }
        let patients = Set(experiment.test.groups).count
        return ReportSection(
            "Use",
            introduction: """
                Classifiers tell \(classes.joined(separator: ", ")) apart: a small convolutional network on pixels, \
                and a linear one on features. Each is trained in \(plan.steps) steps of \(plan.batch) images whatever \
                it is trained with, with as many synthetic images of each class as real ones, and tested with \
                \(experiment.test.count) images of \(patients) held-out patients. Numbers are means of \(plan.seeds) \
                seeds; intervals (95 %) are over seeds and patients. Real twice is the control for the count of images.
                """,
            blocks: blocks)
    }

    private func name(_ classifier: DownstreamPlan.Classifier) -> String {
        classifier == .convolutional ? "convolutional classifier" : "linear classifier"
    }

    private var shareColumns: [String] { ["trained on"] + experiment.plan.shares.map { "\($0) % of real" } }

    private func table(
        _ classifier: DownstreamPlan.Classifier, _ what: String, _ path: KeyPath<Measures, Number>
    ) -> ReportTable {
        ReportTable(
            caption: "\(what) of the \(name(classifier))", columns: shareColumns,
            rows: experiment.plan.arms.map { arm in
                [arm.text]
                    + experiment.plan.shares.map { share in
                        entry(classifier, share, arm)?.measures[keyPath: path].text ?? ""
                    }
            })
    }

    private func differences(
        _ classifier: DownstreamPlan.Classifier, _ what: String, _ path: KeyPath<Measures, Number>
    ) -> ReportTable {
        ReportTable(
            caption: "Difference in \(what) to real twice, \(name(classifier))", columns: shareColumns,
            rows: experiment.plan.arms.filter { $0 != .realTwice }.map { arm in
                [arm.text]
                    + experiment.plan.shares.map { share in
                        guard let number = entry(classifier, share, arm)?.differences?[keyPath: path] else { return "" }
                        return number.text + (number.isShown || number.value == nil ? "" : ": no difference shown")
                    }
            })
    }

    private func perClass(_ classifier: DownstreamPlan.Classifier) -> ReportTable {
        let share = experiment.plan.shares.max() ?? 100
        return ReportTable(
            caption: "By class at \(share) % of real, \(name(classifier)): AUC against the others; share taken for it",
            columns: ["trained on"] + classes,
            rows: experiment.plan.arms.map { arm in
                guard let measures = entry(classifier, share, arm)?.measures else { return [arm.text] }
                return [arm.text] + zip(measures.aucs, measures.recalls).map { "\($0.text); \($1.text)" }
            })
    }

    private func curves(_ classifier: DownstreamPlan.Classifier) -> CurveChart {
        CurveChart(
            caption: "AUC of the \(name(classifier)) over real images", xAxis: "real images, %", yAxis: "AUC",
            series: experiment.plan.arms.filter { $0 != .real }.map { arm in
                .init(
                    arm.text,
                    points: experiment.plan.shares.compactMap { share in
                        guard let number = entry(classifier, share, arm)?.measures.auc, let value = number.value else {
                            return nil
                        }
                        return .init(Double(share), value, interval: number.interval)
                    })
            })
    }

    /// The member `downstream` of `report.json`.
    var json: JSONObject {
        let test = experiment.test, counts = test.counts(classes: classes.count)
        return [
            "task": .object(experiment.task.json), "plan": .object(experiment.plan.json),
            "test": [
                "images": .integer(test.count), "groups": .integer(Set(test.groups).count),
                "classes": .object(JSONObject(zip(classes, counts).map { ($0, .integer($1)) })),
            ],
            "left_out": .array(leftOut.map { .integer($0) }), "results": .array(entries.map { .object(json($0)) }),
        ]
    }

    private func json(_ entry: Entry) -> JSONObject {
        var object: JSONObject = [
            "classifier": .string(entry.classifier.rawValue), "share": .integer(entry.share),
            "arm": .string(entry.arm.rawValue), "real": .integer(entry.real), "synthetic": .integer(entry.synthetic),
        ]
        for (name, value) in json(entry.measures) { object[name] = value }
        if let differences = entry.differences { object["difference"] = .object(JSONObject(json(differences))) }
        return object
    }

    private func json(_ measures: Measures) -> [(String, JSONValue)] {
        [
            ("auc", measures.auc.json), ("balanced_accuracy", measures.balanced.json),
            (
                "classes",
                .object(
                    JSONObject(
                        classes.enumerated().map { place, name in
                            (name, ["auc": measures.aucs[place].json, "recall": measures.recalls[place].json])
                        }))
            ),
        ]
    }
}

extension DownstreamFindings.Number {
    var text: String {
        guard let value else { return "none" }
        func short(_ value: Double) -> String { ReportNumber.text((value * 1000).rounded() / 1000) }
        return short(value) + (interval.map { " (\(short($0.lowerBound)) to \(short($0.upperBound)))" } ?? "")
    }

    var json: JSONValue {
        [
            "value": .number(value),
            "interval": interval.map { .array([.double($0.lowerBound), .double($0.upperBound)]) } ?? .null,
        ]
    }
}

extension EvaluationReport {
    /// Adds what the downstream experiment found: its part of the page, its numbers, what the verdict looks at, and
    /// which images it passed over.
    mutating func add(_ findings: DownstreamFindings) {
        sections.append(findings.section)
        scores += findings.scores
        verdictFacts.downstreamDifference = findings.scores.first { $0.name == "downstream_auc_difference" }
        parts["downstream"] = .object(findings.json)
        notes += findings.experiment.notes
    }
}
