import Foundation
import HTTPTypes
import JSON
import Service
import Testing

@Suite struct MetricsTests {
    /// The samples of an exposition by name and labels as they stand there, by the grammar of the format.
    /// - Throws: `UnexpectedAnswer` for a line that is none, or a sample without a type before it.
    private static func samples(_ text: String) throws -> [String: Double] {
        var types: [String: String] = [:], samples: [String: Double] = [:]
        let name = #/[a-zA-Z_:][a-zA-Z0-9_:]*/#
        let sample = #/([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*")*\})? ([-+.0-9eInf]+)/#
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE ") {
                guard words.count == 4, words[2].wholeMatch(of: name) != nil, types.updateValue(String(words[3]), forKey: String(words[2])) == nil
                else { throw UnexpectedAnswer(answer: String(line)) }
            } else if !line.hasPrefix("# HELP ") {
                guard let match = line.wholeMatch(of: sample), let value = Double(match.3) else { throw UnexpectedAnswer(answer: String(line)) }
                let own = String(match.1)
                let family = types[own] != nil ? own : own.replacing(#/_(bucket|sum|count)$/#, with: "")
                guard types[family] != nil, samples.updateValue(value, forKey: own + (match.2 ?? "")) == nil else {
                    throw UnexpectedAnswer(answer: String(line))
                }
            }
        }
        return samples
    }

    @Test func requestsAndJobsAreCounted() async throws {
        let bench = try RoutingBench()
        let id = try await bench.submit(#"{"steps":3,"count":2}"#)
        _ = try await bench.end(of: id)
        let unlucky = try await bench.submit(#"{"steps":1,"seed":"13"}"#)
        _ = try await bench.end(of: unlucky)
        _ = await bench.post(#"{"steps":0}"#)
        _ = await bench.get("/v1/nothing-of-<this>-sort")
        let answer = await bench.get("/metrics")
        #expect(answer[field: "Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
        let samples = try Self.samples(answer.text)
        #expect(samples[#"phantom_http_requests_total{method="POST",route="/v1/generations",status="202"}"#] == 2)
        #expect(samples[#"phantom_http_requests_total{method="POST",route="/v1/generations",status="422"}"#] == 1)
        #expect(samples[#"phantom_http_requests_total{method="GET",route="-",status="404"}"#] == 1)
        #expect(samples[#"phantom_requests_refused_total{reason="invalid"}"#] == 1)
        #expect(samples[#"phantom_requests_refused_total{reason="not-found"}"#] == 1)
        #expect(samples[#"phantom_http_request_duration_seconds_count{method="POST",route="/v1/generations"}"#] == 3)
        #expect(samples[#"phantom_jobs_accepted_total{kind="generation",model="chest"}"#] == 2)
        #expect(samples[#"phantom_jobs_ended_total{kind="generation",model="chest",outcome="succeeded"}"#] == 1)
        #expect(samples[#"phantom_jobs_ended_total{kind="generation",model="chest",outcome="failed"}"#] == 1)
        #expect(samples[#"phantom_steps_total{model="chest"}"#] == 6)
        #expect(samples[#"phantom_step_duration_seconds_count{model="chest"}"#] == 6)
        #expect(samples[#"phantom_job_wait_seconds_count{kind="generation",model="chest"}"#] == 2)
        #expect(!answer.text.contains("nothing-of"), "no label is what a client wrote")
    }

    @Test func aCancelledJobIsCountedOnce() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let id = try await bench.submit()
        for _ in 0..<3 { _ = await bench.send(.post, "/v1/jobs/\(id)/cancel") }
        let samples = try Self.samples(await bench.get("/metrics").text)
        #expect(samples[#"phantom_jobs_ended_total{kind="generation",model="chest",outcome="cancelled"}"#] == 1)
    }

    @Test func howMuchThereIsDependsOnNoJob() async throws {
        let bench = try RoutingBench()
        // Whether progress is saved meanwhile is a matter of time.
        func lines() async -> Int {
            await bench.get("/metrics").text.split(separator: "\n").count { !$0.contains("phantom_checkpoint_duration") }
        }
        for _ in 0..<2 { _ = try await bench.end(of: bench.submit(#"{"steps":1}"#)) }
        // The first is itself counted in the second.
        _ = await lines()
        let few = await lines()
        for _ in 0..<20 { _ = try await bench.end(of: bench.submit(#"{"steps":1}"#)) }
        #expect(await lines() == few)
    }

    @Test(arguments: [
        ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true),
        ("application/openmetrics-text; version=1.0.0; q=0.2, text/plain", false), ("*/*", false), ("text/html", false),
        ("application/openmetrics-text;q=0", false), (";;,=,", false),
    ])
    func openMetricsIsForWhoAsks(_ accept: String, _ isOpen: Bool) async throws {
        let answer = try await RoutingBench().get("/metrics", [.accept: accept])
        #expect(answer[field: "Content-Type"]?.hasPrefix("application/openmetrics-text") == isOpen)
        #expect(answer.text.hasSuffix("# EOF\n") == isOpen)
    }

    /// A name that the dashboard or a rule asks for and the exporter does not have is a panel without data, or an alert
    /// that never comes.
    @Test(arguments: ["deploy/grafana/phantom.json", "deploy/prometheus/phantom.rules.yml"])
    func whatIsDeployedAsksForWhatThereIs(_ path: String) throws {
        let known = Set(ServiceMetrics.families.flatMap(\.sampleNames))
        let names = try Repository.text(path).matches(of: #/\b(?:phantom|process)_[a-z_]+\b/#).map { String($0.output) }
        #expect(names.count > 5)
        for name in names { #expect(known.contains(name), "\(name)") }
    }

    @Test func everyMeasurementIsDocumented() throws {
        let text = try Repository.text("Documentation/Operating.md")
        for family in ServiceMetrics.families where family.name.hasPrefix("phantom_") { #expect(text.contains("`\(family.name)"), "\(family.name)") }
    }

    @Test func theProcessIsRead() {
        let text = "12 (a) b) c) S " + (4...52).map { String($0 * 100) }.joined(separator: " ")
        let usage = ProcessUsage(stat: text, ticks: 100, page: 4096)
        #expect(usage.processorSeconds == 29)
        #expect(usage.threads == 2000)
        #expect(usage.virtualBytes == 2300)
        #expect(usage.residentBytes == 2400 * 4096)
        #expect(ProcessUsage(stat: "nonsense", ticks: 0, page: 1).threads == 0)
    }
}
