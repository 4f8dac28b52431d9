import CoreMetrics
import Locking

/// Keeps the measurements of the families that it was made with: a backend of swift-metrics that answers scrapes.
///
/// What is measured under another name, or as another kind than the family has, is dropped: an exposition holds nothing
/// that nobody has described.
public final class MetricRegistry: MetricsFactory {
    /// One label set of a family.
    enum Series {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)
    }

    /// The values of a family's labels, with their names, in the order in which they were first given.
    struct Labels: Hashable, Sendable {
        let pairs: [String]

        init(_ dimensions: [(String, String)]) { pairs = dimensions.flatMap { [$0.0, $0.1] } }
    }

    public let families: [MetricFamily]
    private let known: [String: MetricFamily]
    private let series = Lock<[String: [Labels: Series]]>([:])

    /// - Parameter families: with names that differ.
    public init(_ families: [MetricFamily]) {
        self.families = families
        known = Dictionary(families.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The label sets of a family, in the order of their values.
    func series(of family: MetricFamily) -> [(labels: Labels, series: Series)] {
        let present = series.withLock { $0[family.name] ?? [:] }
        return present.sorted { $0.key.pairs.lexicographicallyPrecedes($1.key.pairs) }.map { ($0.key, $0.value) }
    }

    /// What a measurement is made by.
    private enum Instrument {
        case counter, meter, recorder

        func fits(_ kind: MetricFamily.Kind) -> Bool {
            switch (self, kind) {
            case (.counter, .counter), (.meter, .gauge), (.recorder, .histogram): true
            default: false
            }
        }
    }

    private func find(_ name: String, _ dimensions: [(String, String)], _ instrument: Instrument) -> Series? {
        guard let family = known[name], instrument.fits(family.kind) else { return nil }
        let labels = Labels(dimensions)
        return series.withLock { all in
            if let found = all[name]?[labels] { return found }
            let made: Series =
                switch family.kind {
                case .counter: .counter(CounterSeries())
                case .gauge: .gauge(GaugeSeries())
                case .histogram(let bounds): .histogram(HistogramSeries(bounds: bounds))
                }
            all[name, default: [:]][labels] = made
            return made
        }
    }

    // MARK: MetricsFactory

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        if case .counter(let counter)? = find(label, dimensions, .counter) {
            counter
        } else {
            NOOPMetricsHandler.instance
        }
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        if case .counter(let counter)? = find(label, dimensions, .counter) {
            counter
        } else {
            NOOPMetricsHandler.instance
        }
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        if case .gauge(let gauge)? = find(label, dimensions, .meter) { gauge } else { NOOPMetricsHandler.instance }
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        if case .histogram(let own)? = find(label, dimensions, .recorder) { own } else { NOOPMetricsHandler.instance }
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        if case .histogram(let own)? = find(label, dimensions, .recorder) { own } else { NOOPMetricsHandler.instance }
    }

    // Series stay: a total that went and came back would look like a restart.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}
}
