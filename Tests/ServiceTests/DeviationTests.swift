import HTTPTypes
import Images
import Service
import Testing

/// Where the images of a job differ, as the service shows it.
@Suite struct DeviationTests {
    @Test func jobsOfSeveralImagesHaveOne() async throws {
        let bench = try RoutingBench()
        let id = try await bench.submit(#"{"seed":200,"count":3}"#)
        _ = try await bench.end(of: id)
        let answer = await bench.get("/v1/jobs/\(id)/deviation")
        #expect(answer.status == 200)
        #expect(answer[field: "Content-Type"] == "image/png")
        #expect(answer[field: "Cache-Control"] == "private, max-age=31536000, immutable")
        #expect(try PNGDecoder.decode(answer.body).image.samples == [0])
        let tag = try #require(answer[field: "ETag"])
        #expect(await bench.get("/v1/jobs/\(id)/deviation", [.ifNoneMatch: tag]).status == 304)
        #expect(await bench.get("/v1/jobs/\(id)/deviation?x=1").status == 400)
        let one = try await bench.submit()
        _ = try await bench.end(of: one)
        #expect(await bench.get("/v1/jobs/\(one)/deviation").isProblem)
    }
}
