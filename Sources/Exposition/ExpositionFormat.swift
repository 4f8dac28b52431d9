/// How the measurements are written: Prometheus' text format 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/), or OpenMetrics 1.0.0, which has the same lines with
/// other heads and an end.
public enum ExpositionFormat: Sendable {
    case prometheus
    case openMetrics

    public var mediaType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}

extension MetricRegistry {
    /// All measurements as they are now, families in their order. A family without a label set is left out.
    public func exposition(_ format: ExpositionFormat) -> [UInt8] {
        var writer = ExpositionWriter(format: format)
        for family in families {
            let series = series(of: family)
            guard !series.isEmpty else { continue }
            writer.describe(family)
            for (labels, series) in series { writer.write(family.name, labels.pairs, series) }
        }
        if format == .openMetrics { writer.text += "# EOF\n" }
        return Array(writer.text.utf8)
    }
}

/// Writes the lines of an exposition.
private struct ExpositionWriter {
    let format: ExpositionFormat
    var text = ""

    mutating func describe(_ family: MetricFamily) {
        let kind =
            switch family.kind {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        // OpenMetrics section 5.1.1: the family of a counter is named without the suffix of its sample.
        let isBare = format == .openMetrics && family.name.hasSuffix("_total")
        let name = isBare ? String(family.name.dropLast("_total".count)) : family.name
        text += "# HELP \(name) \(escaped(family.help, quotes: format == .openMetrics))\n# TYPE \(name) \(kind)\n"
    }

    mutating func write(_ name: String, _ labels: [String], _ series: MetricRegistry.Series) {
        switch series {
        case .counter(let counter): sample(name, labels, counter.value)
        case .gauge(let gauge): sample(name, labels, gauge.value)
        case .histogram(let histogram):
            let distribution = histogram.distribution
            var count: UInt64 = 0
            for (bound, own) in zip(histogram.bounds + [.infinity], distribution.counts) {
                count += own
                sample(name + "_bucket", labels + ["le", number(bound)], Double(count))
            }
            sample(name + "_sum", labels, distribution.sum)
            sample(name + "_count", labels, Double(count))
        }
    }

    private mutating func sample(_ name: String, _ labels: [String], _ value: Double) {
        text += name
        for place in stride(from: 0, to: labels.count, by: 2) {
            text += place == 0 ? "{" : ","
            text += "\(labels[place])=\"\(escaped(labels[place + 1], quotes: true))\""
        }
        text += "\(labels.isEmpty ? "" : "}") \(number(value))\n"
    }

    /// Whole numbers without a fraction, as people read them.
    private func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        // A bound of OpenMetrics is written as a float (section 4.3.1: "le" values are canonical numbers).
        if let whole = Int64(exactly: value), format == .prometheus { return String(whole) }
        return "\(value)"
    }

    private func escaped(_ text: String, quotes: Bool) -> String {
        guard text.utf8.contains(where: { "\\\n\"".utf8.contains($0) }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
