import Bytes
import HTTP
import HTTPTypes
import Locking
import Logging
import Testing

/// A bucket of an S3 server in memory, which refuses what is not signed rightly.
final class BucketServer: Handler {
    struct State {
        var objects: [String: [UInt8]] = [:]
        /// How many requests are answered with 503 before one is done.
        var failures = 0
        /// What their message says.
        var words = "so says the test"
        /// What is said instead of doing it: status and code.
        var refusal: (status: Int, code: String)?
        var requests = 0
        /// Of the last request.
        var fields: HTTPFields = [:]
    }

    static let key = "AKIAIOSFODNN7EXAMPLE", secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    private static let mostListed = 2

    let state = Lock(State())
    private let server = Lock<Server?>(nil)

    func start() throws -> Int {
        let server = Server(
            configuration: ServerConfiguration(), handler: self, logger: Logger(label: "bucket") { _ in SwiftLogNoOpLogHandler() })
        try server.start()
        self.server.withLock { $0 = server }
        return Int(try #require(server.port))
    }

    func stop() { server.withLock { $0 }?.stop() }

    func allowedMethods(for path: String) -> [HTTPRequest.Method] { [.get, .put, .delete] }

    func admit(_ head: RequestHead) -> Admission {
        .accept(Acceptance { [self] request, responder in responder.respond(answer(request.head, request.body)) })
    }

    private func answer(_ head: RequestHead, _ body: [UInt8]) -> Response {
        state.withLock { state in
            state.requests += 1
            state.fields = head.fields
            if let code = fault(head, body) { return Self.error(403, code, state.words) }
            if let refusal = state.refusal { return Self.error(refusal.status, refusal.code, state.words) }
            if state.failures > 0 {
                state.failures -= 1
                return Self.error(503, "SlowDown", state.words)
            }
            return Self.act(head, body, &state.objects)
        }
    }

    private static func error(_ status: Int, _ code: String, _ words: String = "") -> Response {
        Response(
            status: .init(code: status), contentType: "application/xml",
            text: "<?xml version=\"1.0\"?>\n<Error><Code>\(code)</Code><Message>\(words)</Message></Error>")
    }

    private static func act(_ head: RequestHead, _ body: [UInt8], _ objects: inout [String: [UInt8]]) -> Response {
        let key = String(head.path.dropFirst("/bucket/".count))
        switch head.method {
        case .put:
            objects[key] = body
            return Response(status: .ok)
        case .delete:
            objects[key] = nil
            return Response(status: .noContent)
        case _ where key.isEmpty: return list(head.query ?? "", objects.keys.sorted())
        default: return objects[key].map { Response(status: .ok, body: $0) } ?? error(404, "NoSuchKey")
        }
    }

    private static func list(_ query: String, _ keys: [String]) -> Response {
        let pairs = query.split(separator: "&").map { $0.split(separator: "=", omittingEmptySubsequences: false).map(String.init) }
        let values = Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1].replacing("%2F", with: "/")) })
        let found = keys.filter { $0.hasPrefix(values["prefix"] ?? "") && $0 > values["start-after"] ?? "" }
        let items = found.prefix(mostListed).map { "<Contents><Key>\($0)</Key><Size>1</Size></Contents>" }.joined()
        return Response(
            status: .ok, contentType: "application/xml",
            text: "<ListBucketResult><IsTruncated>\(found.count > mostListed)</IsTruncated>\(items)</ListBucketResult>")
    }

    /// What is wrong with the signature; nil: nothing.
    private func fault(_ head: RequestHead, _ body: [UInt8]) -> String? {
        func field(_ name: String) -> String {
            (name == "host" ? head.authority : HTTPField.Name(name).flatMap { head.fields[$0] }) ?? ""
        }
        let words = field("authorization").split { " ,".contains($0) }
        let parts = Dictionary(
            words.dropFirst().map { word in
                let pair = word.split(separator: "=", maxSplits: 1).map(String.init)
                return (pair[0], pair[1])
            }) { $1 }
        let credential = (parts["Credential"] ?? "").split(separator: "/", maxSplits: 1).map(String.init)
        guard words.first == "AWS4-HMAC-SHA256", credential.count == 2 else { return "AccessDenied" }
        guard credential[0] == Self.key else { return "InvalidAccessKeyId" }
        let names = (parts["SignedHeaders"] ?? "").split(separator: ";").map(String.init)
        guard Set(["host", "x-amz-date", "x-amz-content-sha256"]).isSubset(of: names) else { return "AccessDenied" }
        // What is signed has to be sent.
        guard names.allSatisfy({ !field($0).isEmpty }) else { return "SignatureDoesNotMatch" }
        let payload = Digest(of: body).hexadecimal
        guard field("x-amz-content-sha256") == payload else { return "XAmzContentSHA256Mismatch" }
        let expected = SignatureVersion4(
            method: head.method.rawValue, path: head.path, query: head.query ?? "",
            fields: Dictionary(uniqueKeysWithValues: names.map { ($0, field($0)) }), payload: payload, scope: credential[1])
        return expected.signature(secret: Self.secret) == parts["Signature"] ? nil : "SignatureDoesNotMatch"
    }
}
