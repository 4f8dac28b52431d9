import Dispatch
import Imaging

/// Tells the metrics every five seconds what the process takes of the system.
final class ProcessWatch: Sendable {
    private let metrics: ServiceMetrics
    private let streams: StreamCensus
    private let recurrence = Recurrence()

    init(metrics: ServiceMetrics, streams: StreamCensus) { (self.metrics, self.streams) = (metrics, streams) }

    func start(on queue: DispatchQueue) {
        measure()
        recurrence.every(5, on: queue) { [weak self] in self?.measure() }
    }

    /// Nothing is looked at after this, once what runs now has ended.
    func stop() { recurrence.stop() }

    private func measure() {
        if let usage = ProcessUsage.present { metrics.note(usage) }
        if let count = Platform.openDescriptors { metrics.gauge("process_open_fds", [], Double(count)) }
        if let limit = Platform.descriptorLimit { metrics.gauge("process_max_fds", [], Double(limit)) }
        metrics.gauge("phantom_event_streams", [], Double(streams.count))
    }
}
