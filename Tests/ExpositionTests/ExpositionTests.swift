import CoreMetrics
import Testing

@testable import Exposition

@Suite struct ExpositionTests {
    private let registry = MetricRegistry([
        .init("jobs_total", .counter, "Jobs."), .init("waiting", .gauge, "What waits, or \"queues\"."),
        .init("wait_seconds", .histogram(bounds: [0.5, 2]), "Waits."), .init("unused", .gauge, "Nothing."),
    ])

    private func fill() {
        for (model, count) in [("b", 2), ("a", 1)] {
            Counter(label: "jobs_total", dimensions: [("model", model)], factory: registry).increment(by: count)
        }
        Counter(label: "jobs_total", dimensions: [("model", "a")], factory: registry).increment(by: 3)
        Meter(label: "waiting", dimensions: [("place", "a \"b\"\\\nc")], factory: registry).set(0.25)
        for wait in [0.5, 1, 7] { Recorder(label: "wait_seconds", factory: registry).record(wait) }
        Timer(label: "wait_seconds", factory: registry).recordNanoseconds(250_000_000)
    }

    @Test func theTextOfPrometheus() {
        fill()
        #expect(
            String(decoding: registry.exposition(.prometheus), as: UTF8.self) == """
                # HELP jobs_total Jobs.
                # TYPE jobs_total counter
                jobs_total{model="a"} 4
                jobs_total{model="b"} 2
                # HELP waiting What waits, or "queues".
                # TYPE waiting gauge
                waiting{place="a \\"b\\"\\\\\\nc"} 0.25
                # HELP wait_seconds Waits.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.5"} 2
                wait_seconds_bucket{le="2"} 3
                wait_seconds_bucket{le="+Inf"} 4
                wait_seconds_sum 8.75
                wait_seconds_count 4

                """)
    }

    @Test func openMetricsNamesCountersWithoutTheirSuffix() {
        fill()
        let text = String(decoding: registry.exposition(.openMetrics), as: UTF8.self)
        #expect(text.contains("# TYPE jobs counter\njobs_total{model=\"a\"} 4.0\n"))
        #expect(text.contains("wait_seconds_bucket{le=\"2.0\"} 3.0\n"))
        #expect(text.hasSuffix("\n# EOF\n"))
    }

    @Test func whatNobodyHasDescribedIsDropped() {
        Counter(label: "other_total", factory: registry).increment()
        Counter(label: "waiting", factory: registry).increment()
        Meter(label: "jobs_total", factory: registry).set(7)
        Recorder(label: "jobs_total", factory: registry).record(7)
        #expect(registry.exposition(.prometheus).isEmpty)
    }

    @Test func whatIsNoNumberIsDropped() {
        Meter(label: "waiting", factory: registry).set(Double.nan)
        Meter(label: "waiting", factory: registry).set(-Double.infinity)
        Recorder(label: "wait_seconds", factory: registry).record(Double.infinity)
        FloatingPointCounter(label: "jobs_total", factory: registry).increment(by: Double.nan)
        FloatingPointCounter(label: "jobs_total", factory: registry).increment(by: -1.0)
        let text = String(decoding: registry.exposition(.prometheus), as: UTF8.self)
        #expect(text.contains("\nwaiting 0\n"))
        #expect(text.contains("\nwait_seconds_sum 0\n"))
        #expect(text.contains("\njobs_total 0\n"))
    }

    @Test func threadsCountTogether() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [registry] in
                    for _ in 0..<1_000 { Counter(label: "jobs_total", factory: registry).increment() }
                }
            }
        }
        #expect(String(decoding: registry.exposition(.prometheus), as: UTF8.self).hasSuffix("jobs_total 8000\n"))
    }
}
