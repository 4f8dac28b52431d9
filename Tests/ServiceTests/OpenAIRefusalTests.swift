import Bytes
import HTTP
import Foundation
import HTTPTypes
import JSON
import Service
import Testing

/// What is refused on the routes for OpenAI's clients, in the shape that they read.
@Suite struct OpenAIRefusalTests {
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
        let answer = try await RoutingBench().generate(body)
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
        let answer = await bench.generate(#"{"prompt":""}"#)
        #expect(answer.status == 401)
        #expect(answer["error"]?["type"] == "authentication_error")
        #expect(answer[field: "WWW-Authenticate"] != nil)
        let other = await bench.send(
            .post, "/v1/images/generations", [.authorization: "Bearer secret", .contentType: "text/plain"], body: "x")
        #expect(other.status == 415)
        #expect(other["error"]?["code"] == "unsupported-media-type")
        let unreadable = await bench.generate("{", [.authorization: "Bearer secret"])
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
                // What has no words here is told in HTTP's, under the same id.
                let own = try #require(refusal(ProtocolViolation(status: .httpVersionNotSupported, detail: "")))
                #expect(own.status == .httpVersionNotSupported && Answer(own)[field: "X-Request-Id"] == "mine")
            }
        }
    }
}
