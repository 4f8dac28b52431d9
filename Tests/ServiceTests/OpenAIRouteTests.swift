import Foundation
import HTTPTypes
import JSON
import Service
import Testing

/// `/v1/images/generations`, as clients of OpenAI's API ask it.
@Suite struct OpenAIRouteTests {
    @Test func imagesAreAnsweredInBase64() async throws {
        let bench = try RoutingBench()
        let answer = await bench.generate(#"{"prompt":"finding=effusion+mass","n":2,"steps":2,"seed":7,"user":"somebody"}"#)
        #expect(answer.status == 200, "\(answer.text)")
        let data = try #require(answer["data"]?.array)
        #expect(data.count == 2)
        let png = try #require(data[0]["b64_json"]?.string.flatMap { Data(base64Encoded: $0) })
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        let jobs = await bench.get("/v1/jobs")
        let job = try #require(jobs["items"]?.array?.first)
        #expect(job["request"]?["condition"] == ["finding": ["effusion", "mass"]])
        #expect(job["request"]?["count"] == 2)
        #expect(answer[field: "Content-Location"] == job["urls"]?["self"]?.string)
    }

    @Test func urlsNameTheHostThatWasAsked() async throws {
        let bench = try RoutingBench()
        let answer = await bench.generate(#"{"prompt":"","steps":1,"response_format":"url","size":"auto"}"#)
        let url = try #require(answer["data"]?.array?.first?["url"]?.string)
        #expect(url.hasPrefix("http://phantom.test/v1/jobs/") && url.hasSuffix("/images/0"))
        #expect(await bench.get(String(url.dropFirst("http://phantom.test".count))).status == 200)
    }
}
