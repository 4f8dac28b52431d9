import Foundation
import HTTP
import HTTPTypes
import Service
import Testing

/// The web page: that it is there, small, complete, and asks for nothing from elsewhere.
@Suite struct PageTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/Service/Page").standardized

    private static var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 != "index.html" }.sorted()
        }
    }

    @Test func thePageIsServedWithItsPolicy() async throws {
        let bench = try RoutingBench()
        let page = await bench.get("/")
        #expect(page.status == 200 && page[field: "Content-Type"] == "text/html; charset=utf-8")
        let policy = try #require(page[field: "Content-Security-Policy"])
        #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"))
        for name in ["Referrer-Policy", "Cross-Origin-Opener-Policy", "X-Content-Type-Options", "Permissions-Policy"] {
            #expect(page[field: name] != nil, "\(name)")
        }
        #expect(await bench.get("/", [.ifNoneMatch: try #require(page[field: "ETag"])]).status == 304)
        #expect(await bench.get("/page/none.js").status == 404)
        #expect(await bench.get("/page/..%2Fopenapi.yaml").status == 404)
    }

    /// Without a token, which the page itself asks for.
    @Test func everyFileIsServedToAnybody() async throws {
        var settings = RoutingBench.Settings()
        settings.access.auth = .tokens([AccessToken(digest: Array(repeating: 7, count: 32))])
        let bench = try RoutingBench(settings)
        var total = await bench.get("/").body.count
        for name in try Self.names {
            let file = await bench.get("/page/\(name)")
            #expect(file.status == 200, "\(name)")
            #expect(file[field: "Content-Type"] == (name.hasSuffix(".css") ? "text/css" : "text/javascript") + "; charset=utf-8")
            #expect(file.body == Array(try Data(contentsOf: Self.folder.appending(path: name))))
            total += file.body.count
        }
        #expect(total < 100_000)
        #expect(await bench.get("/v1/models").status == 401)
    }

    /// What the policy would refuse, and what modules are asked for.
    @Test func nothingIsInlineAndNothingIsFromElsewhere() throws {
        let index = try String(contentsOf: Self.folder.appending(path: "index.html"), encoding: .utf8)
        #expect(!index.contains("<style") && !index.contains(" style=") && !index.contains("onclick="))
        #expect(index.components(separatedBy: "<script").count == 2 && index.contains("<script type=\"module\" src=\"/page/main.js\">"))
        let names = try Self.names
        for name in names + ["index.html"] {
            let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
            #expect(!text.contains("http://") && !text.contains("https://") && !text.contains("innerHTML") && !text.contains("eval("), "\(name)")
            for piece in text.components(separatedBy: "from \"./").dropFirst() {
                #expect(names.contains(String(piece.prefix { $0 != "\"" })), "\(name)")
            }
        }
    }
}
