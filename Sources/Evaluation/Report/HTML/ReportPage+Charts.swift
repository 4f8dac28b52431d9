extension ReportPage {
    /// Shares of the values in bins as stepped lines, one a set.
    mutating func html(_ chart: HistogramChart) -> String {
        let shares = chart.series.map { series in
            let sum = max(series.counts.reduce(0, +), 1)
            return series.counts.map { Double($0) / Double(sum) }
        }
        let frame = ChartFrame(x: chart.range, y: 0...max(shares.joined().max() ?? 0, 1e-12))
        var drawing = frame.axes(x: chart.axis, y: "share of the images")
        for (place, values) in shares.prefix(4).enumerated() {
            let width = (chart.range.upperBound - chart.range.lowerBound) / Double(max(values.count, 1))
            var points: [(Double, Double)] = []
            for (bin, value) in values.enumerated() {
                let left = chart.range.lowerBound + Double(bin) * width
                points += [(left, value), (left + width, value)]
            }
            drawing += "<path class=\"l\(place)\" d=\"\(frame.path(points))\"/>\n"
        }
        if let threshold = chart.threshold {
            let path = frame.path([(threshold, frame.y.lowerBound), (threshold, frame.y.upperBound)])
            drawing += "<path class=\"threshold\" d=\"\(path)\"/>\n"
        }
        let limit = chart.threshold.map { "The upright line is the threshold, \(ReportNumber.text($0))." }
        let counts = chart.series.map { "\($0.name): \($0.counts.reduce(0, +)) values" }.joined(separator: "; ")
        let alternative =
            "\(chart.caption). Histogram over \(chart.axis) from \(ReportNumber.text(chart.range)). \(counts). "
            + (limit ?? "")
        return figure(
            drawing, names: chart.series.map(\.name), caption: chart.caption + (limit.map { ". " + $0 } ?? ""),
            alternative: alternative)
    }

    mutating func html(_ chart: CurveChart) -> String {
        let points = chart.series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        let heights = points.flatMap { [$0.y, $0.interval?.lowerBound ?? $0.y, $0.interval?.upperBound ?? $0.y] }
        let frame = ChartFrame(
            x: ChartFrame.range(points.map(\.x)), y: ChartFrame.range(heights.filter(\.isFinite)))
        var drawing = frame.axes(x: chart.xAxis, y: chart.yAxis)
        for (place, series) in chart.series.prefix(4).enumerated() {
            let points = series.points.filter { $0.x.isFinite && $0.y.isFinite }
            let banded = points.filter { $0.interval != nil }
            if banded.count > 1 {
                let upper = banded.map { ($0.x, $0.interval?.upperBound ?? $0.y) }
                let lower = banded.reversed().map { ($0.x, $0.interval?.lowerBound ?? $0.y) }
                drawing += "<path class=\"band f\(place)\" d=\"\(frame.path(upper + lower))Z\"/>\n"
            }
            drawing += "<path class=\"l\(place)\" d=\"\(frame.path(points.map { ($0.x, $0.y) }))\"/>\n"
            if points.count <= 12 {
                for point in points {
                    let (x, y) = frame.place(point.x, point.y)
                    drawing += "<circle class=\"f\(place)\" cx=\"\(x)\" cy=\"\(y)\" r=\"3\"/>\n"
                }
            }
        }
        let ends = chart.series.map { series in
            guard let first = series.points.first, let last = series.points.last else { return "\(series.name): empty" }
            return "\(series.name): from \(ReportNumber.text(first.y)) at \(ReportNumber.text(first.x)) to "
                + "\(ReportNumber.text(last.y)) at \(ReportNumber.text(last.x))"
        }
        return figure(
            drawing, names: chart.series.map(\.name), caption: chart.caption,
            alternative: "\(chart.caption) \(chart.yAxis) over \(chart.xAxis). \(ends.joined(separator: "; ")).")
    }

    private mutating func figure(_ drawing: String, names: [String], caption: String, alternative: String) -> String {
        let title = identifier()
        var legend = "", left = ChartFrame.left
        for (place, name) in names.prefix(4).enumerated() {
            let text = String(name.prefix(28))
            legend += """
                <path class="l\(place)" d="M\(left) 14H\(left + 28)"/>\
                <text x="\(left + 34)" y="18">\(HTMLText.escaped(text))</text>

                """
            left += 60 + 8 * text.count
        }
        let width = max(ChartFrame.width, left)
        return """
            <figure class="chart">
            <figcaption>\(HTMLText.escaped(caption))</figcaption>
            <svg viewBox="0 0 \(width) \(ChartFrame.height)" role="img" aria-labelledby="\(title)">
            <title id="\(title)">\(HTMLText.escaped(alternative))</title>
            \(drawing)\(legend)</svg>
            </figure>

            """
    }
}
