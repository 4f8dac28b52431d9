// The only file of this folder with unsafe calls: libcurl, which signs the requests and keeps the connections.
import CCurl
import Locking

/// What is asked of an S3 server.
struct S3Request {
    var method: String
    var url: String
    var headers: [String]
    var body: [UInt8] = []
    /// Bytes of the answer that are read.
    var most = 1 << 20
}

struct S3Answer {
    let status: Int
    /// All of it, or its beginning.
    let body: [UInt8]
    /// Whether it has more bytes than were asked for.
    var isTooLong = false
}

/// Why there was no answer.
struct S3Silence: Error {
    let reason: String
}

/// Connections to one server, each used by one request at a time and kept for the next.
@safe final class S3Connections: Sendable {
    private let free = Lock<[Handle]>([])
    /// Kept while nobody needs them.
    private static let mostKept = 8
    private static let connectMilliseconds = 4_000

    @safe private struct Handle: @unchecked Sendable {
        let pointer: UnsafeMutableRawPointer
    }

    private final class Receiver {
        var bytes: [UInt8] = []
        let most: Int
        var isTooLong = false

        init(most: Int) { self.most = most }
    }

    init() {}

    deinit { for handle in free.withLock({ $0 }) { unsafe phantom_connection_free(handle.pointer) } }

    /// Blocks until the answer is there, or the time is up.
    func send(
        _ request: S3Request, _ credentials: S3Credentials, region: String, milliseconds: Int
    ) throws(S3Silence) -> S3Answer {
        guard let handle = free.withLock({ $0.popLast() }) ?? Self.make() else {
            throw S3Silence(reason: "libcurl cannot be started")
        }
        defer {
            let isKept = free.withLock { free in
                guard free.count < Self.mostKept else { return false }
                free.append(handle)
                return true
            }
            if !isKept { unsafe phantom_connection_free(handle.pointer) }
        }
        let receiver = Receiver(most: request.most)
        var response = phantom_response()
        let strings = [
            request.method, request.url, request.headers.map { "\($0)\n" }.joined(), "aws:amz:\(region):s3",
            credentials.key, credentials.secret,
        ]
        withExtendedLifetime(receiver) {
            unsafe Self.withPointers(strings[...], []) { texts in
                unsafe request.body.withUnsafeBytes { body in
                    var sent = unsafe phantom_request(
                        method: texts[0], url: texts[1], headers: texts[2],
                        body: body.bindMemory(to: CChar.self).baseAddress, length: body.count, signer: texts[3],
                        user: texts[4], secret: texts[5], connect_milliseconds: Self.connectMilliseconds,
                        milliseconds: milliseconds)
                    unsafe phantom_request_send(
                        handle.pointer, &sent, Self.receive, Unmanaged.passUnretained(receiver).toOpaque(), &response)
                }
            }
        }
        guard response.status > 0 else {
            let reason = unsafe withUnsafeBytes(of: response.reason) { unsafe Array($0.prefix { $0 != 0 }) }
            throw S3Silence(reason: String(decoding: reason, as: UTF8.self))
        }
        return S3Answer(status: response.status, body: receiver.bytes, isTooLong: receiver.isTooLong)
    }

    private static func make() -> Handle? {
        guard let pointer = unsafe phantom_connection_make() else { return nil }
        return unsafe Handle(pointer: pointer)
    }

    private static func withPointers(
        _ texts: ArraySlice<String>, _ pointers: [UnsafePointer<CChar>], _ body: ([UnsafePointer<CChar>]) -> Void
    ) {
        guard let first = texts.first else { return unsafe body(pointers) }
        unsafe first.withCString { text in unsafe withPointers(texts.dropFirst(), pointers + [text], body) }
    }

    private static let receive: phantom_receive = { bytes, count, context in
        guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
        let receiver = unsafe Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
        guard count <= receiver.most - receiver.bytes.count else {
            receiver.isTooLong = true
            return 0
        }
        unsafe receiver.bytes.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: count))
        return 1
    }
}
