import Bytes
import Foundation
import HTTP
import HTTPTypes
import JSON
import Locking
import Logging
import TestSupport
import Testing

@testable import Service

/// What a receiver has got, and what it answers.
private final class Receiver: Handler {
    struct Message { let fields: HTTPFields, body: [UInt8] }

    private let state = Lock<(messages: [Message], failures: Int)>(([], 0))

    /// - Parameter failures: answered with 500 before any is taken.
    init(failures: Int) { state.withLock { $0.failures = failures } }

    var messages: [Message] { state.withLock { $0.messages } }

    func admit(_ head: RequestHead) -> Admission {
        .accept(Acceptance { [self] request, responder in
            let fails = state.withLock { state in
                state.failures -= 1
                if state.failures < 0 { state.messages.append(.init(fields: request.head.fields, body: request.body)) }
                return state.failures >= 0
            }
            if request.head.path == "/redirect" {
                return responder.respond(Response(status: .found, fields: [.location: "/elsewhere"]))
            }
            responder.respond(Response(status: fails ? .internalServerError : .noContent))
        })
    }
}

@Suite(.serialized) struct WebhookTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let settings: JSONObject = [
        "webhooks": [
            "secret": .string(secret), "networks": ["127.0.0.1"], "first_retry": 0.02, "longest_retry": 0.05,
        ]
    ]

    /// The example of the specification and its libraries.
    @Test func signaturesAreThoseOfStandardWebhooks() throws {
        let secret = try #require(WebhookSecret(Self.secret))
        let body = Array(#"{"test": 2432232314}"#.utf8)
        #expect(
            secret.signature(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: body)
                == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test(arguments: ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8G", "whsec_*", "whsec_" + String(repeating: "AAAA", count: 22)])
    func aSecretOfAnotherFormIsRefused(_ text: String) { #expect(WebhookSecret(text) == nil) }

    @Test(arguments: [
        "127.0.0.1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:10.0.0.1", "::10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1",
    ])
    func addressesThatAreNotPublicAreRefused(_ text: String) throws {
        let host = try #require(PeerAddress.Host(text))
        var targets = WebhookTargets()
        #expect(!targets.permits(host, isSecure: true))
        #expect(targets.fault(in: "https://\(text.contains(":") ? "[\(text)]" : text)/x") != nil)
        targets.allowed = [try #require(NetworkRange(text))]
        #expect(targets.permits(host, isSecure: false))
    }

    @Test(arguments: ["8.8.8.8", "2a00:1450:4001::1"])
    func publicAddressesAreToldByHTTPSOnly(_ text: String) throws {
        let host = try #require(PeerAddress.Host(text))
        #expect(WebhookTargets().permits(host, isSecure: true))
        #expect(!WebhookTargets().permits(host, isSecure: false))
    }

    @Test(arguments: [
        "", "x", "ftp://a.example/", "https:/a.example", "https://", "https:///x", "https://u:p@a.example/", "https://a.example/#x",
        "https://a b/", "https://a.example:99999/", "http://a.example/", "https://[::1", "//a.example/", "https://a.example/\u{e9}",
        "https://a.example/" + String(repeating: "a", count: 2000), "https://a.example\\@b.example/", "javascript:alert(1)",
    ])
    func whatIsNoAddressIsRefused(_ url: String) { #expect(WebhookTargets().fault(in: url) != nil) }

    @Test(arguments: ["https://a.example", "https://a.example/x?y=1&z=%20", "https://a.example:8443/x", "https://8.8.8.8/"])
    func anAddressIsTaken(_ url: String) { #expect(WebhookTargets().fault(in: url) == nil) }

    @Test(arguments: [
        (#"{"url":"https://10.0.0.1/"}"#, "#/callback/url"), (#"{"url":7}"#, "#/callback/url"), ("{}", "#/callback/url"), ("7", "#/callback"),
        (#"{"url":"https://a.example/","events":["begun"]}"#, "#/callback/events/0"),
        (#"{"url":"https://a.example/","events":[]}"#, "#/callback/events"), (#"{"url":"https://a.example/","more":1}"#, "#/callback/more"),
        (#"{"url":"https://a.example/","events":["failed","failed"]}"#, "#/callback/events/1"),
    ])
    func aCallbackThatIsNoneIsRefused(_ callback: String, _ pointer: String) async throws {
        var settings = RoutingBench.Settings()
        settings.targets = WebhookTargets()
        let answer = try await RoutingBench(settings).post(#"{"callback":\#(callback)}"#)
        #expect(answer.status == 422 && answer.isProblem)
        #expect(answer["errors"]?.array?.first?["pointer"] == .string(pointer), "\(answer.text)")
    }

    @Test func withoutSettingsThereAreNoCallbacks() async throws {
        let answer = try await RoutingBench().post(#"{"callback":{"url":"https://a.example/"}}"#)
        #expect(answer.status == 422)
        #expect(answer["errors"]?.array?.first?["detail"]?.string?.contains("no `webhooks`") == true)
    }

    private func serve(_ receiver: Receiver) throws -> (server: Server, port: Int) {
        let server = Server(configuration: ServerConfiguration(), handler: receiver, logger: Logger(label: "receiver") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        return (server, Int(try #require(server.port)))
    }

    private func wait(_ isSo: () -> Bool) {
        let deadline = Date(timeIntervalSinceNow: Patience.seconds)
        while !isSo(), Date() < deadline { Thread.sleep(forTimeInterval: 0.02) }
        #expect(isSo())
    }

    /// A receiver that fails 20 times while the service is killed and comes back; each message is signed.
    @Test func everyEndIsToldAtLeastOnce() throws {
        let (checkpoint, folder) = (try SmallCheckpoint(), try TemporaryFolder())
        let receiver = Receiver(failures: 20)
        let (server, port) = try serve(receiver)
        defer { server.stop() }
        let database = "\(folder.path)/jobs.sqlite"
        func start() throws -> ServingProcess {
            try ServingProcess(model: checkpoint.path, database: database, settings: Self.settings)
        }
        var service = try start()
        let callback = #""callback":{"url":"http://127.0.0.1:\#(port)/ends"}"#
        var ids: Set<String> = []
        for seed in 0..<6 {
            let (status, job) = try service.post(
                #"{"steps":2,"seed":\#(seed),\#(callback)}"#,
                ["-H", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"])
            #expect(status == 202, "\(job)")
            ids.insert(try #require(job["id"]?.string))
        }
        for id in ids { _ = try service.waitForEnd(of: id) }
        service.child.signal(SIGKILL)
        _ = service.child.exitStatus()
        service = try start()
        wait { Set(receiver.messages.compactMap { try? JSONReader().read($0.body)["data"]?["id"]?.string }) == ids }
        let secret = try #require(WebhookSecret(Self.secret))
        func field(_ message: Receiver.Message, _ name: String) -> String { message.fields[HTTPField.Name(name)!] ?? "" }
        for message in receiver.messages {
            let document = try JSONReader().read(message.body)
            #expect(document["type"] == "job.succeeded")
            #expect(document["data"]?["urls"]?["self"]?.string == "/v1/jobs/\(document["data"]?["id"]?.string ?? "")")
            #expect(field(message, "webhook-id") == "end_\(document["data"]?["id"]?.string ?? "")")
            let seconds = try #require(Int64(field(message, "webhook-timestamp")))
            #expect(
                field(message, "webhook-signature")
                    == secret.signature(id: field(message, "webhook-id"), seconds: seconds, body: message.body))
            #expect(field(message, "traceparent").hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-"))
        }
        // What has been taken is not told again by the next process.
        let count = receiver.messages.count
        service.child.signal(SIGTERM)
        _ = service.child.exitStatus()
        service = try start()
        _ = try service.finished(#"{"steps":2,\#(callback)}"#)
        wait { receiver.messages.count > count }
        // One may have been taken in the moment of the stop.
        #expect(receiver.messages.count < count + ids.count)
    }

    @Test func onlyTheEndsThatWereAskedForAreTold() throws {
        let (checkpoint, folder) = (try SmallCheckpoint(), try TemporaryFolder())
        let receiver = Receiver(failures: 0)
        let (server, port) = try serve(receiver)
        defer { server.stop() }
        let service = try ServingProcess(model: checkpoint.path, database: "\(folder.path)/jobs.sqlite", settings: Self.settings)
        func submit(_ events: String) throws -> String {
            let body = #"{"steps":900,"count":4,"callback":{"url":"http://127.0.0.1:\#(port)/x","events":["\#(events)"]}}"#
            return try #require(service.post(body).job["id"]?.string)
        }
        let (silent, told) = try (submit("succeeded"), submit("cancelled"))
        for id in [silent, told] { #expect(try service.curl("/v1/jobs/\(id)/cancel", ["-X", "POST"]).status == 200) }
        // A job that is deleted is told of all the same.
        _ = try service.curl("/v1/jobs/\(told)", ["-X", "DELETE"])
        wait { !receiver.messages.isEmpty }
        #expect(receiver.messages.compactMap { try? JSONReader().read($0.body)["data"]?["id"]?.string } == [told])
    }

    @Test func noRedirectIsFollowedAndARefusedAddressIsNotAsked() throws {
        let receiver = Receiver(failures: 0)
        let (server, port) = try serve(receiver)
        defer { server.stop() }
        let url = "http://127.0.0.1:\(port)"
        #expect(WebhookPost.send([1, 2], to: "\(url)/redirect", headers: [], seconds: 10) { _ in true } == .status(302))
        #expect(receiver.messages.count == 1)
        #expect(WebhookPost.send([1], to: "\(url)/x", headers: [], seconds: 10) { _ in false } == .refused)
        // The name is resolved first: what counts is the address.
        let asked = Lock<[PeerAddress.Host]>([])
        let outcome = WebhookPost.send([1], to: "http://localhost:\(port)/x", headers: [], seconds: 10) { host in
            asked.withLock { $0.append(host) }
            return false
        }
        #expect(outcome == .refused)
        #expect(asked.withLock { $0 }.allSatisfy { PeerAddress(host: $0, port: 0).isLoopback } && !asked.withLock { $0 }.isEmpty)
        #expect(receiver.messages.count == 1)
        guard case .failed(let reason) = WebhookPost.send([1], to: "file:///etc/passwd", headers: [], seconds: 10, permits: { _ in true })
        else { throw UnexpectedAnswer(answer: "a file was asked for") }
        #expect(!reason.isEmpty)
    }
}
