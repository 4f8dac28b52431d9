import ImagingFixtures
import JSON
import Service
import Testing

/// What is said of a request does not grow with it.
@Suite struct RefusalTests {
    private static func body(_ count: Int, _ member: (Int) -> String) -> String {
        "{\((0..<count).map(member).joined(separator: ","))}"
    }

    private func expectBrief(_ answer: Answer, total: Int, _ comment: Comment) throws {
        let errors = try #require(answer["errors"]?.array)
        #expect(errors.count == 20, comment)
        #expect(
            answer["detail"]?.string?.contains("The first 20 of them are told, \(total - 20) more are not.") == true,
            comment)
        #expect(answer.body.count < 20_000, comment)
    }

    @Test func theFirstTwentyFaultsAreToldAndHowManyMore() async throws {
        let bench = try RoutingBench()
        let unknown = await bench.post(Self.body(32_000) { "\"unknown \($0)\":1" })
        #expect(unknown.status == 422)
        #expect(unknown["errors"]?.array?.first?["pointer"] == "#/unknown%200")
        try expectBrief(unknown, total: 32_000, "unknown fields")
        let condition = await bench.post("{\"condition\":" + Self.body(32_000) { "\"unknown \($0)\":1" } + "}")
        try expectBrief(condition, total: 32_000, "unknown attributes")
        let query = await bench.get("/v1/jobs?" + (0..<2000).map { "a\($0)=1" }.joined(separator: "&"))
        #expect(query.status == 400)
        try expectBrief(query, total: 2000, "unknown parameters")
        let both = await bench.post(Self.body(21) { $0 < 19 ? "\"unknown \($0)\":1" : $0 == 19 ? "\"steps\":0" : "\"count\":0" })
        try expectBrief(both, total: 21, "unknown fields and others")
    }

    @Test func twentyFaultsAreAllTold() async throws {
        let answer = try await RoutingBench().post(Self.body(20) { "\"unknown \($0)\":1" })
        #expect(answer["errors"]?.array?.count == 20)
        #expect(answer["detail"] == "20 fields are not valid.")
    }

    @Test func whatIsEchoedIsShort() async throws {
        let long = String(repeating: "é", count: 1_000_000)
        let bench = try RoutingBench()
        for body in [
            "{\"\(long)\":1}", "{\"sampler\":\"\(long)\"}", "{\"condition\":{\"\(long)\":1}}",
            "{\"condition\":{\"view\":\"\(long)\"}}",
            "{\"condition\":\"\(long)\"}", "{\"steps\":1\(String(repeating: "0", count: 100_000))}",
            "{\"seed\":\"\(long)\"}",
            "{\"model\":\"\(long)\"}", "{\"sampler_options\":{\"\(long)\":1}}",
        ] {
            let answer = await bench.post(body)
            #expect(answer.status == 422)
            #expect(answer.body.count < 3000, "\(body.prefix(30))")
            #expect(answer["errors"]?.array?.count == 1)
        }
        let query = await bench.get(
            "/v1/jobs?" + String(repeating: "a", count: 8000) + "=1&status=" + String(repeating: "b", count: 100))
        #expect(query.status == 400 && query.body.count < 1500)
    }

    /// Of a refusal by a number the work does not grow with the number; `GrowthTests` counts it.
    @Test func returnsAreReckonedBeforeTheyAreListed() async throws {
        let (image, mask) = (Pictures.grey(32, 16).base64, Pictures.mask(32, 16).base64)
        let restoration = "\"image\":\"\(image)\",\"mask\":\"\(mask)\",\"method\":\"repaint\",\"steps\":1000"
        let answer = try await RoutingBench().send(
            .post, "/v1/inpaintings", [.contentType: "application/json"],
            body: "{\(restoration),\"resample\":{\"length\":10,\"count\":1000}}")
        #expect(answer.status == 422)
        #expect(answer["errors"]?.array?.map { $0["pointer"] } == ["#/resample"])
        #expect(answer["errors"]?.array?.first?["detail"]?.string?.contains("got 990010 in all") == true)
    }
}
