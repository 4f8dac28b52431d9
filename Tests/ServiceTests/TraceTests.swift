import HTTP
import Testing

@testable import Service

@Suite struct TraceTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736", parent = "00f067aa0ba902b7"

    private func read(_ text: String) -> TraceContext? {
        var generator = SystemRandomNumberGenerator()
        return TraceContext(text, using: &generator)
    }

    @Test func aTraceIsPassedOnWithASpanOfItsOwn() throws {
        let context = try #require(read("00-\(Self.trace)-\(Self.parent)-01"))
        #expect(context.trace == Self.trace)
        #expect(context.parent == Self.parent)
        #expect(context.span.utf8.count == 16 && context.span != context.parent)
        #expect(context.passedOn == "00-\(Self.trace)-\(context.span)-01")
    }

    /// W3C Trace Context section 3.2.4: of a later version what this one knows is read.
    @Test func aLaterVersionIsRead() {
        #expect(read("cc-\(Self.trace)-\(Self.parent)-01-what-comes-then")?.passedOn.hasPrefix("00-") == true)
    }

    @Test(arguments: [
        "", "00", "00-\(trace)-\(parent)", "00-\(trace)-\(parent)-01-more", "ff-\(trace)-\(parent)-01",
        "00-\(trace.uppercased())-\(parent)-01", "00-00000000000000000000000000000000-\(parent)-01",
        "00-\(trace)-0000000000000000-01", "00-\(trace)-\(parent)-0", "00-\(trace)x-\(parent)-01",
        "0g-\(trace)-\(parent)-01", "00-\(trace)-\(parent)-01 ",
    ])
    func whatIsNoneIsPassedOver(_ text: String) { #expect(read(text) == nil) }

    @Test func answersTellTheirTime() async throws {
        let bench = try RoutingBench()
        for path in ["/health", "/v1/jobs", "/v1/nowhere"] {
            let timing = try #require(await bench.get(path)[field: "Server-Timing"])
            #expect(timing.wholeMatch(of: #/wait;dur=\d+\.\d{3}, app;dur=\d+\.\d{3}/#) != nil, "\(path): \(timing)")
        }
    }
}
