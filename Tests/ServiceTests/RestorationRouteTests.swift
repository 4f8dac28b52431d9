import HTTPTypes
import ImagingFixtures
import JSON
import Jobs
import Service
import Testing

/// Requests that bring pictures, on their way into the store.
@Suite struct RestorationRouteTests {
    private static let (image, mask) = (Pictures.grey(32, 16), Pictures.mask(32, 16))
    private static let key = HTTPField.Name("Idempotency-Key")!

    private static var json: String {
        let fields: JSONObject = ["image": .string(image.base64), "mask": .string(mask.base64), "steps": 3, "seed": "5"]
        return String(decoding: fields.serialized(), as: UTF8.self)
    }

    @Test func theJobNamesItsPixelsAndTheStoreHasThem() async throws {
        let bench = try RoutingBench()
        let answer = await bench.send(.post, "/v1/inpaintings", [.contentType: "application/json"], body: Self.json)
        #expect(answer.status == 202)
        #expect(answer["kind"] == "inpainting")
        #expect(answer["consistency"] == .null)
        let digest = try #require(answer["request"]?["image"]?["sha256"]?.string)
        let stored = try #require(try bench.board.input(digest: digest))
        #expect(stored.bytes.count < 32 * 16 + 64, "pixels alone, nothing of the file")
        #expect(await bench.get("/v1/jobs?kind=inpainting")["items"]?.array?.count == 1)
        #expect(await bench.get("/v1/jobs?kind=generation")["items"]?.array?.isEmpty == true)
    }

    @Test func oneKeyNamesOneJobWhateverTheForm() async throws {
        let bench = try RoutingBench()
        let first = await bench.send(.post, "/v1/inpaintings", [.contentType: "application/json", Self.key: "k"], body: Self.json)
        let form = Form(["image": Self.image, "mask": Self.mask, "request": Array(#"{"seed":"5","steps":3}"#.utf8)])
        let again = await bench.send(.post, "/v1/inpaintings", [.contentType: form.type, Self.key: "k"], bytes: form.body)
        #expect(again.status == 202)
        #expect(again["id"] == first["id"])
        let number = Form(["image": Self.image, "mask": Self.mask, "request": Array(#"{"seed":5,"steps":3}"#.utf8)])
        let spelt = await bench.send(.post, "/v1/inpaintings", [.contentType: number.type, Self.key: "k"], bytes: number.body)
        #expect(spelt["id"] == first["id"], "a seed is the same as a number and as a string")
        let other = Form(["image": Self.mask, "mask": Self.mask, "request": Array(#"{"seed":"5","steps":3}"#.utf8)])
        let refused = await bench.send(.post, "/v1/inpaintings", [.contentType: other.type, Self.key: "k"], bytes: other.body)
        #expect(refused.status == 422)
        #expect(refused["type"] == "urn:phantom:problem:idempotency-key-reused")
        // The same fields sent for something else are something else.
        let enlarged = Form(["image": Self.image, "request": Array(#"{"seed":"5","scale":2,"steps":3}"#.utf8)])
        #expect(await bench.send(.post, "/v1/super-resolutions", [.contentType: enlarged.type, Self.key: "k"], bytes: enlarged.body).status == 422)
    }

    @Test(arguments: [
        ("/v1/generations", "multipart/form-data; boundary=X"), ("/v1/inpaintings", "image/png"), ("/v1/super-resolutions", "text/plain"),
        ("/v1/inpaintings", "application/json; charset=latin1"), ("/v1/verifications", "image/jpeg"), ("/v1/verifications", ""),
        ("/v1/generations", String(repeating: "x", count: 500)), ("/v1/generations", "text/\u{E9}\t"),
    ])
    func otherMediaTypesAre415(_ path: String, _ type: String) async throws {
        let answer = try await RoutingBench().send(.post, path, type.isEmpty ? [:] : [.contentType: type], body: "{}")
        #expect(answer.status == 415)
        #expect(answer.isProblem)
        let detail = try #require(answer["detail"]?.string)
        #expect(detail.contains("application/json"))
        switch type.count {
        case 0: #expect(detail.hasSuffix("got none."))
        case 500: #expect(detail.hasSuffix("got \"\(type.prefix(60))…\"."))
        default: #expect(detail.contains(", got \"\(type.prefix { $0.isASCII && $0 != "\t" })"), "\(detail)")
        }
        #expect(detail.unicodeScalars.allSatisfy { $0.isASCII && $0.value >= 32 || $0 == "…" }, "\(detail)")
    }

    @Test func allFaultsAreToldOverTheWire() async throws {
        let body = #"{"image":7,"scale":3,"steps":0,"sampler":"x","mask":"AAAA"}"#
        let answer = try await RoutingBench().send(.post, "/v1/super-resolutions", [.contentType: "application/json"], body: body)
        #expect(answer.status == 422)
        let pointers = answer["errors"]?.array?.compactMap { $0["pointer"]?.string } ?? []
        #expect(Set(pointers) == ["#/image", "#/scale", "#/steps", "#/sampler", "#/mask"])
    }

    /// An enlargement ends above the levels where grain stays; filling keeps its defaults; what is spelled out stays.
    @Test(arguments: [
        ("/v1/super-resolutions", #""scale":2"#, 25, 1.0),
        ("/v1/super-resolutions", #""scale":2,"noise_level":0.1"#, 25, 1.0),
        ("/v1/super-resolutions", #""scale":2,"steps":100,"eta":0.85"#, 100, 0.85),
        ("/v1/super-resolutions", #""scale":2,"sampler":"dpmsolver++""#, 25, 0.0),
        ("/v1/inpaintings", "", 100, 0.85), ("/v1/inpaintings", #""method":"repaint""#, 50, 1.0),
    ])
    func eachTaskHasItsDefaults(_ path: String, _ fields: String, _ steps: Int, _ eta: Double) async throws {
        var parts = ["image": Self.image, "request": Array("{\(fields)}".utf8)]
        if path == "/v1/inpaintings" { parts["mask"] = Self.mask }
        let form = Form(parts)
        let answer = await (try RoutingBench()).send(.post, path, [.contentType: form.type], bytes: form.body)
        #expect(answer.status == 202)
        #expect(answer["request"]?["steps"]?.number?.int == steps)
        #expect(answer["request"]?["eta"]?.number?.double == eta)
    }
}
