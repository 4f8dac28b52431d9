import Images
import JSON

extension ReportSection {
    var json: JSONObject {
        [
            "heading": .string(heading), "introduction": .string(introduction),
            "blocks": .array(blocks.map { .object($0.json) }),
        ]
    }
}

extension ReportBlock {
    /// The block with its `kind`. Of pictures there is what they show and the digest of their pixels; of the training
    /// image in a pair there is nothing but the score.
    var json: JSONObject {
        switch self {
        case .text(let text): ["kind": "text", "text": .string(text)]
        case .warning(let text): ["kind": "warning", "text": .string(text)]
        case .scores(let table): table.json
        case .table(let table): table.json
        case .comparison(let comparison): comparison.json
        case .pairs(let pairs): pairs.json
        case .picture(let picture):
            [
                "kind": "picture", "caption": .string(picture.caption),
                "alternative": .string(picture.alternative), "sha256": .string(picture.image.digest.hexadecimal),
            ]
        case .histogram(let chart): chart.json
        case .curves(let chart): chart.json
        }
    }
}

extension ScoreTable {
    var json: JSONObject {
        let rows: [JSONValue] = rows.map { row in
            [
                "label": .string(row.label), "meaning": .string(row.meaning),
                "name": .string(row.synthetic.name), "synthetic": .object(row.synthetic.json),
                "real_against_real": row.realAgainstReal.map { .object($0.json) } ?? .null,
                "blurred_real": row.blurredReal.map { .object($0.json) } ?? .null,
            ]
        }
        return ["kind": "scores", "caption": .string(caption), "rows": .array(rows)]
    }
}

extension ReportTable {
    var json: JSONObject {
        [
            "kind": "table", "caption": .string(caption), "columns": .array(columns.map { .string($0) }),
            "rows": .array(rows.map { .array($0.map { .string($0) }) }),
        ]
    }
}

extension PictureComparison {
    var json: JSONObject {
        let rows: [JSONValue] = rows.map { row in
            [
                "condition": .string(row.condition),
                "real": .array(row.real.map { .string($0.digest.hexadecimal) }),
                "synthetic": .array(row.synthetic.map { .string($0.digest.hexadecimal) }),
            ]
        }
        return ["kind": "comparison", "caption": .string(caption), "rows": .array(rows)]
    }
}

extension PicturePairs {
    var json: JSONObject {
        let pairs: [JSONValue] = pairs.map { pair in
            [
                "generated": .string(pair.generated.digest.hexadecimal), "score": .double(pair.score),
                "flagged": .bool(pair.isFlagged),
            ]
        }
        return ["kind": "pairs", "caption": .string(caption), "pairs": .array(pairs)]
    }
}

extension HistogramChart {
    var json: JSONObject {
        let series: [JSONValue] = series.map {
            ["name": .string($0.name), "counts": .array($0.counts.map { .integer($0) })]
        }
        return [
            "kind": "histogram", "caption": .string(caption), "axis": .string(axis),
            "range": [.double(range.lowerBound), .double(range.upperBound)], "series": .array(series),
            "threshold": threshold.map { .double($0) } ?? .null,
        ]
    }
}

extension CurveChart {
    var json: JSONObject {
        let series: [JSONValue] = series.map { series in
            let points: [JSONValue] = series.points.map { point in
                [
                    "x": .double(point.x), "y": .double(point.y),
                    "interval": point.interval.map { [.double($0.lowerBound), .double($0.upperBound)] } ?? .null,
                ]
            }
            return ["name": .string(series.name), "points": .array(points)]
        }
        return [
            "kind": "curves", "caption": .string(caption), "x_axis": .string(xAxis), "y_axis": .string(yAxis),
            "series": .array(series),
        ]
    }
}
