import Foundation
import Jobs
import Service
import Testing

/// Tokens of the configuration: their names, scopes and quotas.
@Suite struct ConfigurationTokenTests {
    private static let digests = ["0a", "0b", "0c"].map { String(repeating: $0, count: 32) }

    private static func token(_ name: String, _ digest: Int = 0, _ more: String = #","scopes":["read"]"#) -> String {
        #"{"name":"\#(name)","sha256":"\#(digests[digest])"\#(more)}"#
    }

    @Test func tokensHaveNamesScopesAndQuotas() throws {
        let quota = #","scopes":["admin","read"],"quota":{"jobs_per_minute":1,"queued":2,"images_per_day":3,"steps_per_day":4}"#
        let file =
            #"{"auth":{"tokens":[\#(Self.token("ann")),\#(Self.token("b.o-b_1", 1, quota))],"tokens_sha256":["\#(Self.digests[2])","\#(Self.digests[2])"]}}"#
        let ann = AccessToken(name: "ann", digest: [UInt8](repeating: 10, count: 32), scopes: [.read])
        let bob = AccessToken(
            name: "b.o-b_1", digest: [UInt8](repeating: 11, count: 32), scopes: [.read, .admin],
            quota: JobQuota(jobsPerMinute: 1, queued: 2, imagesPerDay: 3, stepsPerDay: 4))
        let nameless = AccessToken(digest: [UInt8](repeating: 12, count: 32))
        #expect(nameless.name == "sha256-0c0c0c0c0c0c0c0c" && nameless.scopes == [.read, .submit, .admin] && nameless.quota == JobQuota())
        #expect(try Configuration.read(file).auth == .tokens([nameless, ann, bob]))
        // Each key of the environment is over the file by itself.
        let eve = AccessToken(name: "eve", digest: [UInt8](repeating: 10, count: 32), scopes: [.submit])
        let environment = ["PHANTOM_AUTH_TOKENS": "[\(Self.token("eve", 0, #","scopes":["submit"]"#))]"]
        #expect(try Configuration.read(file, environment: environment).auth == .tokens([nameless, eve]))
        #expect(try Configuration.read(environment: environment).auth == .tokens([eve]))
    }

    @Test(arguments: [
        (token("ann", 0, #","scopes":["write"]"#), "/0/scopes/0"), (token("ann", 0, #","scopes":[]"#), "/0/scopes"), (token("ann", 0, ""), "/0/scopes"),
        (token("a b"), "/0/name"), (token(""), "/0/name"), (token("-a"), "/0/name"), (token(String(repeating: "a", count: 65)), "/0/name"),
        (token("ann") + "," + token("ann", 1), "/1/name"), (token("ann") + "," + token("bob"), "/1/sha256"), (token("sha256-0c0c0c0c0c0c0c0c"), "/0/name"),
        (#"{"name":"a","sha256":"secret","scopes":["read"]}"#, "/0/sha256"), (#"{"sha256":"secret"}"#, "/0/name"), (#""secret""#, "/0"),
        (token("ann", 2), "/0/sha256"), (token("ann", 0, #","scopes":["read"],"token":"secret""#), "/0/token"),
        (token("ann", 0, #","scopes":["read"],"quota":{"jobs_per_day":1}"#), "/0/quota/jobs_per_day"),
        (token("ann", 0, #","scopes":["read"],"quota":{"queued":0}"#), "/0/quota/queued"),
        (token("ann", 0, #","scopes":["read"],"quota":{"jobs_per_minute":100001}"#), "/0/quota/jobs_per_minute"),
        (token("ann", 0, #","scopes":["read"],"quota":{"steps_per_day":"9"}"#), "/0/quota/steps_per_day"),
    ])
    func faultsOfTokensAreNamed(_ tokens: String, _ pointer: String) throws {
        let file = #"{"auth":{"tokens":[\#(tokens)],"tokens_sha256":["\#(Self.digests[2])"]}}"#
        let error = try #require(throws: ConfigurationError.self) { _ = try Configuration.read(file) }
        #expect(error.pointer == "/auth/tokens" + pointer)
        #expect(!"\(error)".contains("secret") && !error.expected.isEmpty && !error.got.isEmpty, "\(error)")
        let variable = try #require(throws: ConfigurationError.self) {
            _ = try Configuration.read(environment: ["PHANTOM_AUTH_TOKENS": "[\(tokens)]", "PHANTOM_AUTH_TOKENS_SHA256": Self.digests[2]])
        }
        #expect(variable.source == "PHANTOM_AUTH_TOKENS" && variable.pointer == "/auth/tokens" + pointer)
    }
}
