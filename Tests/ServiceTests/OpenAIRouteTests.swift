import Bytes
import HTTP
import Foundation
import HTTPTypes
import Images
import ImagingFixtures
import JSON
import JobsSQLite
import Service
import Testing

@Suite struct OpenAIRouteTests {
    private func generate(_ bench: RoutingBench, _ body: String, _ fields: HTTPFields = [:]) async -> Answer {
        var fields = fields
        fields[.contentType] = "application/json"
        return await bench.send(.post, "/v1/images/generations", fields, body: body)
    }

    @Test func imagesAreAnsweredInBase64() async throws {
        let bench = try RoutingBench()
        let answer = await generate(bench, #"{"prompt":"finding=effusion+mass","n":2,"steps":2,"seed":7,"user":"somebody"}"#)
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
        let answer = await generate(bench, #"{"prompt":"","steps":1,"response_format":"url","size":"auto"}"#)
        let url = try #require(answer["data"]?.array?.first?["url"]?.string)
        #expect(url.hasPrefix("http://phantom.test/v1/jobs/") && url.hasSuffix("/images/0"))
        #expect(await bench.get(String(url.dropFirst("http://phantom.test".count))).status == 200)
    }

    @Test(arguments: [
        (#"{"prompt":"a cat"}"#, "prompt", #"unknown word "cat"; known are "#),
        (#"{"prompt":"finding=hat"}"#, "prompt", #"unknown value "hat" of finding; known are nodule, effusion, mass"#),
        (#"{"prompt":"hat=mass"}"#, "prompt", #"unknown attribute "hat""#),
        (#"{}"#, "prompt", "expected a value, got nothing"), (#"{"prompt":1}"#, "prompt", "expected a string"),
        (#"{"prompt":"","n":0}"#, "n", "expected an integer"), (#"{"prompt":"","n":1000}"#, "n", "expected an integer"),
        (#"{"prompt":"","size":"17"}"#, "size", "as 64x64"), (#"{"prompt":"","size":"17x17"}"#, "size", "8"),
        (#"{"prompt":"","response_format":"gif"}"#, "response_format", "one of b64_json, url"),
        (#"{"prompt":"","quality":"hd"}"#, "quality", "one of auto, standard"),
        (#"{"prompt":"","style":"vivid"}"#, "style", "unknown field"), (#"{"prompt":"","model":"dall-e-2"}"#, "model", "chest"),
        (#"{"prompt":"","steps":0}"#, "steps", "expected an integer"),
        (#"{"prompt":"","a[] /b~c é":0}"#, "a[] /b~c é", "a[] /b~c é: unknown field"),
    ])
    func whatIsWrongIsToldInTheirShape(_ body: String, _ field: String, _ message: String) async throws {
        let answer = try await generate(RoutingBench(), body)
        #expect(answer.status == 400)
        #expect(answer[field: "Content-Type"] == "application/json")
        let error = try #require(answer["error"])
        #expect(error["type"] == "invalid_request_error")
        #expect(error["code"] == "invalid")
        #expect(error["param"] == .string(field))
        #expect(error["message"]?.string?.contains(message) == true, "\(answer.text)")
        #expect(answer[field: "x-should-retry"] == "false")
    }

    @Test func refusalsBeforeTheBodyHaveTheirShapeToo() async throws {
        var settings = RoutingBench.Settings()
        settings.access.auth = .tokens([AccessToken(digest: Digest(of: "secret").bytes)])
        let bench = try RoutingBench(settings)
        let answer = await generate(bench, #"{"prompt":""}"#)
        #expect(answer.status == 401)
        #expect(answer["error"]?["type"] == "authentication_error")
        #expect(answer[field: "WWW-Authenticate"] != nil)
        let other = await bench.send(
            .post, "/v1/images/generations", [.authorization: "Bearer secret", .contentType: "text/plain"], body: "x")
        #expect(other.status == 415)
        #expect(other["error"]?["code"] == "unsupported-media-type")
        let unreadable = await generate(bench, "{", [.authorization: "Bearer secret"])
        #expect(unreadable.status == 400)
        #expect(unreadable["error"]?["code"] == "unreadable")
    }

    /// A body that is too large, too slow or badly framed is refused as the route refuses, with the id of the request.
    @Test func refusalsOfTheBodyHaveTheShapeOfTheirRoute() throws {
        let bench = try RoutingBench()
        let words: [(HTTPResponse.Status, String)] = [
            (.contentTooLarge, "content-too-large"), (.requestTimeout, "request-timeout"), (.badRequest, "unreadable"),
            (.serviceUnavailable, "unavailable"),
        ]
        for (status, word) in words {
            for path in ["/v1/images/generations", "/v1/generations"] {
                let fields: HTTPFields = [
                    .contentType: "application/json", HTTPField.Name("Host")!: "localhost",
                    HTTPField.Name("X-Request-Id")!: "mine",
                ]
                let head = RequestHead(method: .post, target: RequestTarget(path), fields: fields)
                guard case .accept(let acceptance) = bench.router.admit(head), let refusal = acceptance.refusal else {
                    Issue.record("\(path) is not admitted")
                    continue
                }
                let response = try #require(refusal(ProtocolViolation(status: status, detail: "too much of it")))
                let answer = Answer(response)
                #expect(answer.status == status.code && answer[field: "X-Request-Id"] == "mine", "\(answer.text)")
                #expect((answer[field: "Retry-After"] == "1") == (status == .serviceUnavailable))
                if path == "/v1/generations" {
                    #expect(answer.isProblem && answer["type"] == .string("urn:phantom:problem:\(word)"))
                } else {
                    #expect(answer["error"]?["code"] == .string(word), "\(answer.text)")
                }
                #expect(answer.text.contains("too much of it"))
                #expect(refusal(ProtocolViolation(status: .httpVersionNotSupported, detail: "")) == nil)
            }
        }
    }

    @Test func aJobThatFailsIsTriedOnce() async throws {
        let answer = try await generate(RoutingBench(), #"{"prompt":"","steps":1,"seed":13}"#)
        #expect(answer.status == 500)
        #expect(answer["error"]?["message"]?.string?.contains("as the test wished") == true)
        #expect(answer[field: "x-should-retry"] == "false")
    }

    /// A service that stops ends every wait, as time does; the same request that comes after it waits for the same job.
    @Test func whoComesAgainWaitsForTheSameJob() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let body = #"{"prompt":"","steps":1}"#
        let departure = Departure()
        async let waiting = bench.send(
            .post, "/v1/images/generations", [.contentType: "application/json"], bytes: Array(body.utf8), departure: departure)
        try await until { await bench.get("/v1/jobs")["items"]?.array?.count == 1 }
        departure.happen()
        let first = await waiting
        #expect(first.status == 503)
        #expect(first["error"]?["code"] == "not-ready")
        #expect(first[field: "Retry-After"] == "1")
        #expect(first[field: "x-should-retry"] == nil)
        bench.engine.open(10)
        let second = await generate(bench, body)
        #expect(second.status == 200)
        #expect(await bench.get("/v1/jobs")["items"]?.array?.count == 1, "one job for both")
        #expect(await generate(bench, body).status == 200)
        #expect(await bench.get("/v1/jobs")["items"]?.array?.count == 2, "and one for who asks after that")
    }

    /// Several that ask for the same at a time have a job each, and come back to those: no more are made.
    @Test func eachWhoComesAgainFindsAJob() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let body = #"{"prompt":"","steps":1}"#
        let (departure, fields) = (Departure(), [.contentType: "application/json"] as HTTPFields)
        async let first = bench.send(
            .post, "/v1/images/generations", fields, bytes: Array(body.utf8), departure: departure)
        async let second = bench.send(
            .post, "/v1/images/generations", fields, bytes: Array(body.utf8), departure: departure)
        try await until { await bench.get("/v1/jobs")["items"]?.array?.count == 2 }
        departure.happen()
        let told = await [first, second]
        #expect(told.map(\.status) == [503, 503])
        bench.engine.open(10)
        let again = await [generate(bench, body), generate(bench, body)]
        #expect(again.map(\.status) == [200, 200])
        #expect(Set(again.map { $0[field: "Content-Location"] }) == Set(told.map { $0[field: "Content-Location"] }))
        #expect(await bench.get("/v1/jobs")["items"]?.array?.count == 2)
    }

    /// A key is kept for longer than that memory, and its job is nobody else's.
    @Test func whoComesWithAKeyIsGivenNoJobOfAnother() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let body = #"{"prompt":"","steps":1}"#, key = HTTPField.Name("Idempotency-Key")!
        let departure = Departure()
        async let waiting = bench.send(
            .post, "/v1/images/generations", [.contentType: "application/json", key: "one"], bytes: Array(body.utf8),
            departure: departure)
        try await until { await bench.get("/v1/jobs")["items"]?.array?.count == 1 }
        departure.happen()
        let first = await waiting
        #expect(first.status == 503)
        bench.engine.open(10)
        let other = await generate(bench, body, [key: "two"]), none = await generate(bench, body)
        let again = await generate(bench, body, [key: "one"])
        #expect([other, none, again].map(\.status) == [200, 200, 200])
        #expect(again[field: "Content-Location"] == first[field: "Content-Location"])
        #expect(Set([other, none, again].map { $0[field: "Content-Location"] }).count == 3)
        let repeated = await generate(bench, body, [key: "two"])
        #expect(repeated[field: "Content-Location"] == other[field: "Content-Location"])
    }

    /// A store that does not answer during the wait is no reason for a second job.
    @Test func whoComesAgainAfterAStoreThatFailedWaitsForTheSameJob() async throws {
        let store = FailingStore(try SQLiteJobStore(inMemory: .init()))
        var settings = RoutingBench.Settings()
        (settings.store, settings.isGated) = (store, true)
        let bench = try RoutingBench(settings)
        let body = #"{"prompt":"","steps":1}"#
        let departure = Departure()
        async let waiting = bench.send(
            .post, "/v1/images/generations", [.contentType: "application/json"], bytes: Array(body.utf8), departure: departure)
        try await until { await bench.get("/v1/jobs")["items"]?.array?.count == 1 }
        store.fail(.storeUnavailable("for a while"), in: .job)
        departure.happen()
        // Once in the wait, and once when the job is looked for again.
        for refused in [await waiting, await generate(bench, body)] {
            #expect(refused.status == 503)
            #expect(refused["error"]?["code"] == "unavailable")
            #expect(refused[field: "x-should-retry"] == nil)
        }
        store.fail(nil, in: .job)
        // The job ends, and its images cannot be read.
        store.fail(.storeUnavailable("for a while"), in: .image)
        bench.engine.open(10)
        #expect(await generate(bench, body).status == 503)
        store.fail(nil, in: .image)
        #expect(await generate(bench, body).status == 200)
        #expect(await bench.get("/v1/jobs")["items"]?.array?.count == 1, "one job for all of them")
    }

    /// - Parameter names: of the parts that bring the image.
    private func edit(
        _ bench: RoutingBench, image: PixelImage, mask: PixelImage?, size: String? = nil, names: [String] = ["image"]
    ) async throws -> Answer {
        var parts = try names.map { (key: $0, value: try PNGEncoder.encode(image).bytes) }
        if let mask { parts.append(("mask", try PNGEncoder.encode(mask).bytes)) }
        let fields = [("prompt", "mass"), ("n", "1"), ("steps", "2"), ("seed", "5")] + (size.map { [("size", $0)] } ?? [])
        parts += fields.map { (key: $0.0, value: Array($0.1.utf8)) }
        let form = Form(parts: parts)
        return await bench.send(.post, "/v1/images/edits", [.contentType: form.type], bytes: form.body)
    }

    /// 32 x 16 pixels, grey, of which the left half is transparent where `alpha` says so.
    private func picture(alpha: Bool, level: UInt16 = 100) throws -> PixelImage {
        let pixels = (0..<32 * 16).flatMap { place -> [UInt16] in
            let grey = [level, level, level]
            return alpha ? grey + [place % 32 < 16 ? 0 : 255] : grey
        }
        return try PixelImage(width: 32, height: 16, channels: alpha ? 4 : 3, bitDepth: 8, samples: pixels)
    }

    @Test func whatIsTransparentIsFilled() async throws {
        let bench = try RoutingBench()
        let masks = try [
            (picture(alpha: false), picture(alpha: true) as PixelImage?), (picture(alpha: true), nil),
            (picture(alpha: true), picture(alpha: true, level: 9)),
            (picture(alpha: false), PixelImage(
                width: 32, height: 16, channels: 1, bitDepth: 8, samples: (0..<512).map { $0 % 32 < 16 ? 255 : 0 })),
        ]
        var digests: Set<String> = []
        for (image, mask) in masks {
            let answer = try await edit(bench, image: image, mask: mask)
            #expect(answer.status == 200, "\(answer.text)")
            let path = try #require(answer[field: "Content-Location"])
            let request = try #require(await bench.get(path)["request"])
            #expect(request["condition"] == ["finding": ["mass"]])
            digests.insert("\(request["image"]?["sha256"]?.string ?? "")\(request["mask"]?["sha256"]?.string ?? "")")
        }
        #expect(digests.count == 1, "all four say the same")
    }

    @Test func anEditWithoutAPlaceIsRefused() async throws {
        let answer = try await edit(RoutingBench(), image: picture(alpha: false), mask: nil)
        #expect(answer.status == 400)
        #expect(answer["error"]?["param"] == "mask")
        let message = try #require(answer["error"]?["message"]?.string)
        #expect(message.contains("transparent where to fill") && !message.contains("white"), "\(message)")
    }

    @Test func anEditMayNameTheSizeOfItsImage() async throws {
        let bench = try RoutingBench(), image = try picture(alpha: true)
        for size in ["auto", "32x16"] {
            let answer = try await edit(bench, image: image, mask: nil, size: size)
            #expect(answer.status == 200, "\(answer.text)")
        }
        for size in ["16x32", "32x24", "64x16"] {
            let answer = try await edit(bench, image: image, mask: nil, size: size)
            #expect(answer.status == 400 && answer["error"]?["param"] == "size", "\(answer.text)")
            #expect(answer["error"]?["message"]?.string?.contains("as image and scale say") == true, "\(answer.text)")
        }
    }

    /// OpenAI's client sends a list of images as parts of that name.
    @Test func aListOfOneImageIsTheImage() async throws {
        let bench = try RoutingBench(), image = try picture(alpha: true)
        let answer = try await edit(bench, image: image, mask: nil, names: ["image[]"])
        #expect(answer.status == 200, "\(answer.text)")
        for names in [["image[]", "image[]"], ["image", "image[]"]] {
            let refused = try await edit(bench, image: image, mask: nil, names: names)
            #expect(refused.status == 400 && refused["error"]?["param"] == "image[]", "\(refused.text)")
            #expect(refused["error"]?["message"]?.string?.contains("expected once, got several") == true)
        }
    }

    @Test func theOpenInferenceProtocolDescribesModels() async throws {
        let bench = try RoutingBench()
        #expect(await bench.get("/v2").json == ["name": "phantom", "version": .string(Service.version), "extensions": []])
        let model = await bench.get("/v2/models/chest")
        #expect(model["inputs"]?.array?.first == ["name": "sample", "datatype": "FP32", "shape": [-1, 1, 16, 32]])
        #expect(model["versions"]?.array?.count == 1)
        #expect(await bench.get("/v2/models/chest/ready").json == ["name": "chest", "ready": true])
        #expect(await bench.get("/v2/models/other/ready").status == 404)
        #expect(await bench.get("/v2/models/other").isProblem)
    }
}
