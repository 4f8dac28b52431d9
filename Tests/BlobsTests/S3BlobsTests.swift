import Bytes
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import Blobs

/// Blobs as objects of a bucket.
@Suite struct S3BlobsTests {
    private let folder: TemporaryFolder
    private let bucket = BucketServer()
    private let port: Int
    private let content = Array("an image".utf8)

    init() throws {
        folder = try TemporaryFolder()
        port = try bucket.start()
    }

    private func blobs(secret: String = BucketServer.secret, token: String? = nil) throws -> S3Blobs {
        let file = "\(folder.path)/credentials"
        let lines = [
            "[other]", "aws_access_key_id=x", "[default]", "aws_access_key_id = \(BucketServer.key)",
            "aws_secret_access_key = \(secret)",
        ]
        try (lines + (token.map { ["aws_session_token = \($0)"] } ?? [])).joined(separator: "\n")
            .write(toFile: file, atomically: true, encoding: .utf8)
        var settings = S3Settings(endpoint: "http://127.0.0.1:\(port)", bucket: "bucket", prefix: "phantom/", pathStyle: true)
        settings.credentialsFile = file
        return S3Blobs(settings)
    }

    /// Amazon's examples, with the signatures that its documentation gives.
    static let examples: [(SignatureVersion4, String)] = [
        (
            SignatureVersion4(
                method: "GET", path: "/test.txt",
                fields: [
                    "host": "examplebucket.s3.amazonaws.com", "range": "bytes=0-9",
                    "x-amz-content-sha256": Digest(of: "").hexadecimal, "x-amz-date": "20130524T000000Z",
                ], payload: Digest(of: "").hexadecimal, scope: "20130524/us-east-1/s3/aws4_request"),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        (
            SignatureVersion4(
                method: "PUT", path: "/test%24file.text",
                fields: [
                    "date": "Fri, 24 May 2013 00:00:00 GMT", "host": "examplebucket.s3.amazonaws.com",
                    "x-amz-content-sha256": Digest(of: "Welcome to Amazon S3.").hexadecimal, "x-amz-date": "20130524T000000Z",
                    "x-amz-storage-class": "REDUCED_REDUNDANCY",
                ], payload: Digest(of: "Welcome to Amazon S3.").hexadecimal, scope: "20130524/us-east-1/s3/aws4_request"),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        (
            SignatureVersion4(
                method: "GET", path: "/", query: "max-keys=2&prefix=J",
                fields: [
                    "host": "examplebucket.s3.amazonaws.com", "x-amz-content-sha256": Digest(of: "").hexadecimal,
                    "x-amz-date": "20130524T000000Z",
                ], payload: Digest(of: "").hexadecimal, scope: "20130524/us-east-1/s3/aws4_request"),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ]

    @Test(arguments: examples) func theServersSignatureIsAmazons(_ request: SignatureVersion4, _ expected: String) {
        #expect(request.signature(secret: BucketServer.secret) == expected)
    }

    @Test func whatIsPutIsThere() throws {
        let blobs = try blobs(), name = Digest(of: content)
        #expect(try blobs.identity() == nil)
        try blobs.claim("me")
        #expect(try blobs.identity() == "me")
        for _ in 0..<2 { try blobs.put(content, name) }
        let key = "phantom/\(name.hexadecimal.prefix(2))/\(name.hexadecimal)"
        #expect(bucket.state.withLock { $0.objects[key] } == content)
        #expect(try blobs.content(of: name, byteCount: content.count) == content)
        try blobs.checkWritable()
        let count = bucket.state.withLock { $0.objects.count }
        for _ in 0..<2 { try blobs.remove(name) }
        #expect(bucket.state.withLock { $0.objects.count } == count - 1)
        let error = #expect(throws: BlobError.self) { try blobs.content(of: name, byteCount: content.count) }
        #expect(error == .missing("bucket bucket at http://127.0.0.1:\(port) under phantom/ has no \(key)"))
        bucket.stop()
    }

    /// Page by page, and without what is nobody's of ours.
    @Test func namesAreListedInOrder() throws {
        let blobs = try blobs()
        let names = (0..<5).map { Digest(hexadecimal: "ab" + String(repeating: "0", count: 61) + "\($0)")! }
        bucket.state.withLock { state in
            for name in names { state.objects["phantom/\(name.blobPath)"] = [1] }
            state.objects["phantom/ab/notes.txt"] = [1]
            state.objects["phantom/ac/\(names[0])"] = [1]
        }
        #expect(try blobs.names(beginningWith: 0xAB) == names && blobs.names(beginningWith: 0).isEmpty)
        bucket.stop()
    }

    @Test func whatIsDamagedIsNamed() throws {
        let blobs = try blobs(), name = Digest(of: content)
        for damaged in [Array("an imagE".utf8), [UInt8](repeating: 7, count: 100_000)] {
            bucket.state.withLock { $0.objects["phantom/\(name.blobPath)"] = damaged }
            let error = #expect(throws: BlobError.self) { try blobs.content(of: name, byteCount: content.count) }
            #expect("\(String(describing: error))".contains("bucket"))
        }
        bucket.stop()
    }

    /// What is too long to be what its name says is that at the first look; an answer that is no blob is tried again,
    /// however long.
    @Test func whatIsTooLongIsDamaged() throws {
        let blobs = try blobs(), name = Digest(of: content)
        bucket.state.withLock { $0.objects["phantom/\(name.blobPath)"] = [UInt8](repeating: 7, count: 100_000) }
        let error = try #require(throws: BlobError.self) { try blobs.content(of: name, byteCount: content.count) }
        guard case .damaged(let text) = error else { throw error }
        #expect(text.hasSuffix("expected \(content.count) bytes, got more") && bucket.state.withLock { $0.requests } == 1)
        bucket.state.withLock { state in
            state.objects["phantom/\(name.blobPath)"] = content
            (state.failures, state.words) = (2, String(repeating: "busy ", count: 20_000))
        }
        #expect(try blobs.content(of: name, byteCount: content.count) == content)
        #expect(bucket.state.withLock { $0.requests } == 4)
        bucket.stop()
    }

    /// Whoever removes something holds a lock, and not for longer than one attempt takes.
    @Test func aRemovalIsTriedOnce() throws {
        let blobs = try blobs(), name = Digest(of: content)
        try blobs.put(content, name)
        bucket.state.withLock { ($0.failures, $0.requests) = (1, 0) }
        #expect(throws: BlobError.self) { try blobs.remove(name) }
        #expect(bucket.state.withLock { $0.requests == 1 && $0.objects.count == 1 })
        try blobs.remove(name)
        #expect(bucket.state.withLock { $0.objects.isEmpty })
        bucket.stop()
    }

    @Test func whatPassesIsTriedAgain() throws {
        // Amazon's are longer than a thousand characters.
        let lent = String(repeating: "lent", count: 400)
        let blobs = try blobs(token: lent), name = Digest(of: content)
        bucket.state.withLock { $0.failures = 2 }
        try blobs.put(content, name)
        #expect(bucket.state.withLock { $0.requests } == 3)
        // It is signed, as every field that begins like that.
        let fields = bucket.state.withLock { $0.fields }
        #expect(fields[HTTPField.Name("x-amz-security-token")!] == lent && fields[.authorization]?.contains("security-token") == true)
        bucket.state.withLock { $0.failures = 99 }
        let error = #expect(throws: BlobError.self) { try blobs.put(content, name) }
        #expect("\(String(describing: error))".contains("PUT answered 503 SlowDown: so says the test"))
        #expect(bucket.state.withLock { $0.requests } == 7)
        bucket.stop()
    }

    /// One message for each, with where and what to do, and without the secret.
    @Test(arguments: [
        (404, "NoSuchBucket", "make the bucket"), (403, "AccessDenied", "s3:PutObject"), (403, "RequestTimeTooSkewed", "clock"),
        (400, "AuthorizationHeaderMalformed", "`images.region`"), (301, "PermanentRedirect", "`images.endpoint`"),
        (507, "XMinioStorageFull", "make room"),
    ])
    func aRefusalIsOneMessage(_ status: Int, _ code: String, _ words: String) throws {
        let blobs = try blobs()
        bucket.state.withLock { $0.refusal = (status, code) }
        for body in [{ try blobs.put(content, Digest(of: content)) }, { _ = try blobs.identity() }] {
            let error = try #require(throws: BlobError.self) { try body() }
            let text = "\(error)"
            #expect(text.contains("bucket bucket at http://127.0.0.1") && text.contains("\(status) \(code)") && text.contains(words), "\(text)")
            #expect(!text.contains(BucketServer.secret) && !text.contains("\n"))
            if case .full = error { #expect(status == 507) } else { #expect(status != 507) }
        }
        bucket.stop()
    }

    @Test func wrongCredentialsAndNoServerAreOneMessage() throws {
        let wrong = #expect(throws: BlobError.self) { try blobs(secret: "wrong").checkWritable() }
        #expect("\(String(describing: wrong))".contains("SignatureDoesNotMatch") && "\(String(describing: wrong))".contains("check the credentials"))
        bucket.stop()
        let absent = #expect(throws: BlobError.self) { try blobs().checkWritable() }
        #expect("\(String(describing: absent))".contains("is `images.endpoint` right?"))
        let none = #expect(throws: BlobError.self) { try S3Credentials.read(file: nil, environment: ["AWS_ACCESS_KEY_ID": "a"]) }
        #expect("\(String(describing: none))".contains("AWS_SECRET_ACCESS_KEY"))
    }

    @Test func credentialsMayBeReplaced() throws {
        let store = try blobs(secret: "wrong")
        #expect(throws: BlobError.self) { try store.claim("one") }
        _ = try blobs()
        try store.claim("one")
        #expect(try store.identity() == "one")
    }

    @Test(arguments: [
        (S3Settings(endpoint: "https://h:9000", bucket: "b-1", pathStyle: true), "https://h:9000/b-1/k"),
        (S3Settings(endpoint: "https://s3.example", bucket: "b-1"), "https://b-1.s3.example/k"),
    ])
    func theBucketIsInThePathOrInTheHost(_ settings: S3Settings, _ url: String) { #expect(settings.url(of: "k") == url) }
}
