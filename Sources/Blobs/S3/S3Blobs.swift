import Bytes
import Dispatch
import FoundationEssentials
import Locking

/// Blobs as objects of a bucket, on Amazon's S3 or a server that speaks its protocol (REST, signature version 4).
///
///     PREFIXphantom-images      whose they are
///     PREFIXab/abcdef...        objects by their digests
public final class S3Blobs: BlobStore {
    private let settings: S3Settings
    private let source: S3CredentialsSource
    private let connections = S3Connections()
    /// When something was written last to see whether it can be.
    private let lastProbe = Lock<ContinuousClock.Instant?>(nil)

    /// So often a request is sent, but for removals, that is not answered, or with 5xx.
    private static let mostAttempts = 4
    private static let milliseconds = 15_000
    /// After so long a call does not begin another attempt.
    private static let patience = Duration.seconds(20)

    public init(_ settings: S3Settings) {
        (self.settings, source) = (settings, S3CredentialsSource(file: settings.credentialsFile))
    }

    public var place: String {
        "bucket \(settings.bucket) at \(settings.endpoint)"
            + (settings.prefix.isEmpty ? "" : " under \(settings.prefix)")
    }

    private var mark: String { "\(settings.prefix)phantom-images" }

    private func key(of name: Digest) -> String { settings.prefix + name.blobPath }

    public func identity() throws(BlobError) -> String? {
        let answer = try send(Call(method: "GET", key: mark, most: 1_024))
        if S3Fault(answer).isAbsence { return nil }
        try require(answer, [200], "GET")
        let text = String(decoding: answer.body, as: UTF8.self)
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    public func claim(_ identity: String) throws(BlobError) {
        try require(try send(Call(method: "PUT", key: mark, body: Array("\(identity)\n".utf8))), [200], "PUT")
    }

    public func put(_ content: [UInt8], _ name: Digest) throws(BlobError) {
        try require(try send(Call(method: "PUT", key: key(of: name), body: content, digest: name)), [200], "PUT")
    }

    public func content(of name: Digest, byteCount: Int) throws(BlobError) -> [UInt8] {
        let key = key(of: name)
        // What is shorter than it has to be, or a little longer, is told by its digest.
        let answer = try send(Call(method: "GET", key: key, most: max(byteCount, 1 << 16)))
        if S3Fault(answer).isAbsence { throw .missing("\(place) has no \(key)") }
        if answer.status == 200, answer.isTooLong {
            throw .damaged("\(place), \(key): expected \(byteCount) bytes, got more")
        }
        try require(answer, [200], "GET")
        return try BlobError.checked(answer.body, name, place: "\(place), \(key)")
    }

    /// Tried once: who asks for it keeps others from putting the same anew for so long, and not for longer.
    public func remove(_ name: Digest) throws(BlobError) {
        let call = Call(method: "DELETE", key: key(of: name))
        try require(try send(call, attempts: 1), [200, 204, 404], "DELETE")
    }

    public func names(beginningWith byte: UInt8) throws(BlobError) -> [Digest] {
        let folder = "\(settings.prefix)\(Hexadecimal.encode([byte]))/"
        var names: [Digest] = [], last: String?
        while true {
            // Sorted, as the signature has it.
            var query = "list-type=2&max-keys=1000&prefix=\(Self.escaped(folder))"
            if let last { query += "&start-after=\(Self.escaped(last))" }
            let answer = try send(Call(method: "GET", key: "", query: query))
            try require(answer, [200], "GET (list)")
            let text = String(decoding: answer.body, as: UTF8.self)
            let keys = XMLText.values("Key", in: text)
            names += keys.compactMap { key in
                guard key.hasPrefix(folder) else { return nil }
                let name = key.dropFirst(folder.count)
                return Digest(hexadecimal: String(name)).flatMap { $0.hexadecimal == name ? $0 : nil }
            }
            guard XMLText.values("IsTruncated", in: text).first == "true", let end = keys.last.map(String.init),
                end != last
            else { return names }
            last = end
        }
    }

    /// A server of objects keeps nothing that is half written.
    public func removeLeftovers() throws(BlobError) {}

    /// Reads whose the bucket is, and once a minute writes a small object: each costs.
    public func checkWritable() throws(BlobError) {
        guard try identity() != nil else { throw .unavailable("\(place) has no \(mark) any more: whose is it?") }
        let now = ContinuousClock.now
        if let last = lastProbe.withLock({ $0 }), last.duration(to: now) < .seconds(60) { return }
        lastProbe.withLock { $0 = nil }
        try require(try send(Call(method: "PUT", key: "\(settings.prefix)phantom-probe", body: [0x0A])), [200], "PUT")
        lastProbe.withLock { $0 = now }
    }

    // MARK: Asking

    private static func escaped(_ text: String) -> String {
        text.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "%2F")
    }

    private func require(_ answer: S3Answer, _ expected: [Int], _ method: String) throws(BlobError) {
        if expected.contains(answer.status) {
            guard answer.isTooLong else { return }
            throw .unavailable(
                """
                the \(place) of images: \(method): its answer has more than \(answer.body.count) bytes; \
                is `images.endpoint` right?
                """)
        }
        let fault = S3Fault(answer), text = "the \(place) of images: \(method) \(fault.description)"
        throw fault.isOfSpace ? .full(text) : .unavailable(text)
    }

    /// What is asked of the server.
    private struct Call {
        let method: String
        let key: String
        var query = ""
        var body: [UInt8] = []
        /// Of the body; nil: it is computed.
        var digest: Digest?
        /// Bytes of the answer that are read.
        var most = 1 << 20
    }

    private func request(_ call: Call, _ credentials: S3Credentials) -> S3Request {
        var request = S3Request(
            method: call.method, url: settings.url(of: call.key), headers: [], body: call.body, most: call.most)
        if !call.query.isEmpty { request.url += "?\(call.query)" }
        request.headers = ["x-amz-content-sha256: \((call.digest ?? Digest(of: call.body)).hexadecimal)"]
        if call.method == "PUT" { request.headers.append("Content-Type: application/octet-stream") }
        if let token = credentials.token { request.headers.append("x-amz-security-token: \(token)") }
        return request
    }

    /// - Parameter attempts: how often it is sent at most.
    private func send(_ call: Call, attempts: Int = mostAttempts) throws(BlobError) -> S3Answer {
        let credentials = try source.current()
        let request = request(call, credentials)
        let deadline = ContinuousClock.now + Self.patience
        var attempt = 1, pause = 100.0
        while true {
            let mayRetry = attempt < attempts && ContinuousClock.now < deadline
            do throws(S3Silence) {
                let answer = try connections.send(
                    request, credentials, region: settings.region, milliseconds: Self.milliseconds)
                // The next request asks with what the file has then.
                if answer.status == 403 { source.forget() }
                guard S3Fault(answer).isPassing, mayRetry else { return answer }
            } catch {
                guard mayRetry else {
                    throw .unavailable(
                        "the \(place) of images: \(call.method): \(error.reason); is `images.endpoint` right?")
                }
            }
            // Not all processes at the same moment.
            let wait = pause * Double.random(in: 0.5...1)
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(wait)))
            (attempt, pause) = (attempt + 1, pause * 3)
        }
    }
}
