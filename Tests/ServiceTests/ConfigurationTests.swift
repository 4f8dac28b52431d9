import Foundation
import HTTP
import Jobs
import Service
import TestSupport
import Testing

/// Defaults, `config.json`, `PHANTOM_...`: what overrides what, and what is refused.
@Suite struct ConfigurationTests {
    private func read(_ json: String? = nil, environment: [String: String] = [:]) throws -> Configuration {
        let folder = try TemporaryFolder()
        var file: String?
        if let json {
            file = "\(folder.path)/config.json"
            try Data(json.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/config.json"))
        }
        var configuration = try ConfigurationSources(file: file, environment: environment, workingDirectory: "/srv").read()
        // The folder's name is another in every run.
        configuration.models = configuration.models.map {
            .init(name: $0.name, path: $0.path.replacingOccurrences(of: folder.path, with: "FOLDER"))
        }
        if case .sqlite(let path) = configuration.database {
            configuration.database = .sqlite(path: path.replacingOccurrences(of: folder.path, with: "FOLDER"))
        }
        return configuration
    }

    @Test func defaults() throws {
        let configuration = try read()
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 8080)
        #expect(configuration.database == .sqlite(path: "/srv/phantom.sqlite"))
        #expect(configuration.auth == .unset)
        #expect(configuration.copies == .off)
    }

    /// That there are no models yet has to be said, and cannot be where none would come.
    @Test func noModelsAreNoAccident() throws {
        try read(#"{"models":[]}"#).validateModels()
        try read(#"{"models":[{"path":"m"}],"database":"postgres://u@h/d"}"#).validateModels()
        for json in ["{}", #"{"models":null}"#, #"{"models":[],"database":"postgres://u@h/d"}"#] {
            let error = #expect(throws: ConfigurationError.self) { try read(json).validateModels() }
            #expect(error?.description.contains("at least one model") == true, "\(json): \(String(describing: error))")
        }
    }

    @Test func everyKeyOfTheFile() throws {
        let digest = String(repeating: "aB", count: 32)
        let configuration = try read(
            """
            {"host":"::1","port":0,"models":[{"name":"a","path":"m/a"},{"path":"/m/b"}],"database":"sqlite:jobs.sqlite",
             "workers":2,"threads_per_worker":3,"max_batch":4,"queue_limit":5,
             "limits":{"body_bytes":6,"pixels":7,"count":8,"steps":9,"header_bytes":1024,"connections":11,"memory_bytes":12},
             "timeouts":{"header":1.5,"body":2,"idle":3,"drain":4},"retention":{"days":13,"bytes":14},
             "auth":{"tokens_sha256":["\(digest)"]},"cors":["https://a.example","http://b:81"],"log":{"level":"debug","format":"text"},
             "hosts":["phantom.example","10.1.2.3","fd00::1"],"proxies":["10.0.0.0/8","::1"],"copies":{"policy":"withhold"}}
            """)
        var expected = Configuration()
        (expected.host, expected.port) = ("::1", 0)
        expected.models = [.init(name: "a", path: "FOLDER/m/a"), .init(name: nil, path: "/m/b")]
        expected.database = .sqlite(path: "FOLDER/jobs.sqlite")
        (expected.workers, expected.threadsPerWorker, expected.maxBatch, expected.queueLimit) = (2, 3, 4, 5)
        (expected.limits.bodyBytes, expected.limits.pixels, expected.limits.count, expected.limits.steps) = (6, 7, 8, 9)
        (expected.limits.headerBytes, expected.limits.connections, expected.limits.memoryBytes) = (1024, 11, 12)
        (expected.timeouts.header, expected.timeouts.body, expected.timeouts.idle, expected.timeouts.drain) = (1.5, 2, 3, 4)
        (expected.retention.days, expected.retention.bytes) = (13, 14)
        expected.auth = .tokens([AccessToken(digest: [UInt8](repeating: 0xAB, count: 32))])
        expected.cors = ["https://a.example", "http://b:81"]
        expected.hosts = ["phantom.example", "10.1.2.3", "fd00::1"]
        expected.proxies = [NetworkRange("10.0.0.0/8")!, NetworkRange("::1")!]
        (expected.log.level, expected.log.format) = (.debug, .text)
        expected.copies = .withhold
        #expect(configuration == expected)
    }

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
        #expect(try read(file).auth == .tokens([nameless, ann, bob]))
        // Each key of the environment is over the file by itself.
        let eve = AccessToken(name: "eve", digest: [UInt8](repeating: 10, count: 32), scopes: [.submit])
        let environment = ["PHANTOM_AUTH_TOKENS": "[\(Self.token("eve", 0, #","scopes":["submit"]"#))]"]
        #expect(try read(file, environment: environment).auth == .tokens([nameless, eve]))
        #expect(try read(environment: environment).auth == .tokens([eve]))
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
        let error = try #require(throws: ConfigurationError.self) { _ = try read(file) }
        #expect(error.pointer == "/auth/tokens" + pointer)
        #expect(!"\(error)".contains("secret") && !error.expected.isEmpty && !error.got.isEmpty, "\(error)")
        let variable = try #require(throws: ConfigurationError.self) {
            _ = try read(environment: ["PHANTOM_AUTH_TOKENS": "[\(tokens)]", "PHANTOM_AUTH_TOKENS_SHA256": Self.digests[2]])
        }
        #expect(variable.source == "PHANTOM_AUTH_TOKENS" && variable.pointer == "/auth/tokens" + pointer)
    }

    @Test func theEnvironmentWinsOverTheFile() throws {
        let environment = [
            "PHANTOM_HOST": "localhost", "PHANTOM_PORT": "81", "PHANTOM_MODELS": "x=models/x,/abs/y", "PHANTOM_DATABASE": "sqlite:/d/j",
            "PHANTOM_WORKERS": "7", "PHANTOM_LIMITS_BODY_BYTES": "99", "PHANTOM_TIMEOUTS_HEADER": "2.5", "PHANTOM_AUTH": "none",
            "PHANTOM_CORS": "https://a,https://b:8443", "PHANTOM_LOG_FORMAT": "text", "PHANTOM_RETENTION_DAYS": "1",
            "PHANTOM_COPIES_POLICY": "flag",
        ]
        let configuration = try read(
            #"{"port":80,"workers":1,"limits":{"body_bytes":1,"count":2},"auth":{"tokens_sha256":["\#(String(repeating: "00", count: 32))"]}}"#,
            environment: environment)
        #expect(configuration.host == "localhost")
        #expect(configuration.port == 81)
        #expect(configuration.models == [.init(name: "x", path: "/srv/models/x"), .init(name: nil, path: "/abs/y")])
        #expect(configuration.database == .sqlite(path: "/d/j"))
        #expect(configuration.workers == 7)
        #expect(configuration.limits.bodyBytes == 99)
        #expect(configuration.limits.count == 2, "what the environment does not say stays as the file says it")
        #expect(configuration.timeouts.header == 2.5)
        #expect(configuration.auth == .none)
        #expect(configuration.cors == ["https://a", "https://b:8443"])
        #expect(configuration.log.format == .text)
        #expect(configuration.retention.days == 1)
        #expect(configuration.copies == .flag)
    }

    @Test(arguments: [
        (#"{"ports":1}"#, "/ports"), (#"{"limits":{"body":1}}"#, "/limits/body"), (#"{"port":65536}"#, "/port"), (#"{"port":"80"}"#, "/port"),
        (#"{"port":-1}"#, "/port"), (#"{"host":""}"#, "/host"), (#"{"workers":0}"#, "/workers"), (#"{"queue_limit":1.5}"#, "/queue_limit"),
        (#"{"limits":[]}"#, "/limits"), (#"{"timeouts":{"header":0}}"#, "/timeouts/header"), (#"{"timeouts":{"idle":"1s"}}"#, "/timeouts/idle"),
        (#"{"models":[{"name":"a"}]}"#, "/models/0/path"), (#"{"models":[{"name":"a b","path":"x"}]}"#, "/models/0/name"),
        (#"{"models":[{"name":"a","path":"x"},{"name":"a","path":"y"}]}"#, "/models/1/name"), (#"{"models":{}}"#, "/models"),
        (#"{"models":[{"path":"x","url":"y"}]}"#, "/models/0/url"), (#"{"database":"phantom.sqlite"}"#, "/database"),
        (#"{"database":"mysql://h/d"}"#, "/database"), (#"{"role":"idle"}"#, "/role"), (#"{"lease_seconds":1}"#, "/lease_seconds"),
        (#"{"images":{"kind":"tape"}}"#, "/images/kind"), (#"{"images":{"path":""}}"#, "/images/path"), (#"{"images":"x"}"#, "/images"),
        (#"{"images":{"endpoint":"http://h/path"}}"#, "/images/endpoint"), (#"{"images":{"bucket":"a/b"}}"#, "/images/bucket"),
        (#"{"images":{"prefix":"/x"}}"#, "/images/prefix"), (#"{"images":{"prefix":"a/../"}}"#, "/images/prefix"),
        (#"{"images":{"region":"a b"}}"#, "/images/region"), (#"{"images":{"path_style":"maybe"}}"#, "/images/path_style"),
        (#"{"images":{"key":"secret"}}"#, "/images/key"),
        (#"{"durability":"none"}"#, "/durability"), (#"{"database":"sqlite:"}"#, "/database"),
        (#"{"auth":"open"}"#, "/auth"), (#"{"auth":{"tokens":[]}}"#, "/auth/tokens"), (#"{"auth":{"tokens_sha256":["secret"]}}"#, "/auth/tokens_sha256/0"),
        (#"{"auth":{"tokens_sha256":[]}}"#, "/auth/tokens_sha256"), (#"{"cors":["example.org"]}"#, "/cors/0"), (#"{"cors":"*"}"#, "/cors"), (#"{"cors":["https://a","*"]}"#, "/cors/1"), (#"{"cors":["https://*.a"]}"#, "/cors/0"),
        (#"{"auth":null}"#, "/auth"), (#"{"auth":{}}"#, "/auth"), (#"{"auth":{"tokens_sha256":null}}"#, "/auth/tokens_sha256"),
        (#"{"auth":[]}"#, "/auth"), (#"{"auth":""}"#, "/auth"), (#"{"auth":false}"#, "/auth"), (#"{"auth":{"tokens_sha256":{}}}"#, "/auth/tokens_sha256"),
        (#"{"hosts":["a:80"]}"#, "/hosts/0"), (#"{"hosts":["a","http://b"]}"#, "/hosts/1"), (#"{"hosts":"a"}"#, "/hosts"), (#"{"hosts":["*"]}"#, "/hosts/0"),
        (#"{"proxies":["10.0.0.0/33"]}"#, "/proxies/0"), (#"{"proxies":["proxy.example"]}"#, "/proxies/0"), (#"{"proxies":"10.0.0.1"}"#, "/proxies"),
        (#"{"cors":["https://a/path"]}"#, "/cors/0"), (#"{"log":{"level":"loud"}}"#, "/log/level"), (#"{"log":{"format":"xml"}}"#, "/log/format"),
        (#"{"copies":{"policy":"hide"}}"#, "/copies/policy"), (#"{"copies":{}}"#, "/copies/policy"), (#"{"copies":"off"}"#, "/copies"),
        (#"{"copies":{"policy":"off","threshold":1}}"#, "/copies/threshold"), (#"{"retention":{"days":-1}}"#, "/retention/days"), ("[]", ""), ("{", ""), (#"{"port":1,"port":2}"#, ""),
    ])
    func faultsOfTheFileAreNamed(_ json: String, _ pointer: String) throws {
        let error = try #require(throws: ConfigurationError.self) { _ = try read(json) }
        #expect(error.pointer == pointer)
        #expect(error.source.hasSuffix("config.json"))
        #expect(!"\(error)".contains("secret"), "what may be a token is not repeated")
    }

    @Test(arguments: [
        ("PHANTOM_PORT", "http"), ("PHANTOM_PORT", "70000"), ("PHANTOM_PORT", ""), ("PHANTOM_WORKERS", "1.5"), ("PHANTOM_AUTH", "open"),
        ("PHANTOM_MODELS", "a b=x"), ("PHANTOM_LIMITS_COUNT", "0"), ("PHANTOM_AUTH", ""), ("PHANTOM_AUTH_TOKENS_SHA256", ""),
        ("PHANTOM_HOSTS", "a:80"), ("PHANTOM_PROXIES", "10.0.0.1,x"), ("PHANTOM_PORT", "tcp:80"), ("PHANTOM_AUTH_TOKENS_SHA256", "abc"), ("PHANTOM_AUTH_TOKENS", "ann"), ("PHANTOM_AUTH_TOKENS", "{}"), ("PHANTOM_LOG_LEVEL", "x"),
    ])
    func faultsOfTheEnvironmentNameTheVariable(_ name: String, _ value: String) throws {
        let error = try #require(throws: ConfigurationError.self) { _ = try read(environment: [name: value]) }
        #expect(error.source == name)
    }

    @Test func aMissingFileIsAnError() throws {
        let error = try #require(throws: ConfigurationError.self) {
            _ = try ConfigurationSources(file: "/nowhere/config.json", environment: [:]).read()
        }
        #expect(error.source == "/nowhere/config.json")
    }

    @Test func unknownVariablesAreReported() {
        let sources = ConfigurationSources(file: nil, environment: ["PHANTOM_PROT": "1", "PHANTOM_PORT": "1", "PATH": "x"])
        #expect(Array(sources.ignoredVariables.keys) == ["PHANTOM_PROT"])
    }

    /// What Kubernetes puts into every pod beside a Service named phantom: none of it says anything about this process.
    @Test func aServiceOfThisNameIsNoSetting() throws {
        let environment = [
            "PHANTOM_SERVICE_HOST": "10.0.0.1", "PHANTOM_SERVICE_PORT": "80", "PHANTOM_PORT": "tcp://10.0.0.1:80",
            "PHANTOM_PORT_80_TCP": "tcp://10.0.0.1:80", "PHANTOM_PORT_80_TCP_PROTO": "tcp", "PHANTOM_PORT_80_TCP_PORT": "80",
            "PHANTOM_PORT_80_TCP_ADDR": "10.0.0.1",
        ]
        #expect(try read(#"{"port":81}"#, environment: environment).port == 81)
        let sources = ConfigurationSources(file: nil, environment: environment)
        #expect(sources.ignoredVariables.keys.sorted() == environment.keys.sorted(), "each is warned of")
        #expect(sources.ignoredVariables["PHANTOM_PORT"]?.contains("Kubernetes") == true)
        #expect(try read(environment: ["PHANTOM_HOSTS": "a.example,10.0.0.1", "PHANTOM_PROXIES": "10.0.0.0/8"]).hosts == ["a.example", "10.0.0.1"])
    }

    @Test(arguments: [
        (nil, nil, 8, 1, 8), (2, nil, 8, 2, 4), (nil, 2, 8, 4, 2), (3, 2, 8, 3, 2), (16, nil, 8, 16, 1), (nil, 16, 8, 1, 16), (nil, nil, 1, 1, 1),
        (1024, 1024, 8, 32, 1), (8, 1024, 8, 8, 4), (1024, nil, 1, 16, 1), (nil, 1024, 1, 1, 16), (2, 1024, 64, 2, 128),
    ] as [(Int?, Int?, Int, Int, Int)])
    func threadsStayWithinTheCores(_ workers: Int?, _ threads: Int?, _ cores: Int, _ expectedWorkers: Int, _ expectedThreads: Int) {
        var configuration = Configuration()
        (configuration.workers, configuration.threadsPerWorker) = (workers, threads)
        let resolved = configuration.threads(cores: cores)
        #expect(resolved.workers == expectedWorkers)
        #expect(resolved.threadsPerWorker == expectedThreads)
    }

    @Test(arguments: ["127.0.0.1", "127.8.9.1", "localhost", "::1"])
    func loopbackNeedsNoToken(_ host: String) throws {
        var configuration = Configuration()
        configuration.host = host
        try configuration.validateExposure()
    }

    @Test(arguments: ["0.0.0.0", "::", "192.168.1.1", "127.0.0.1.example.org", "127.1", "example.org", "::ffff:127.0.0.1"])
    func otherAddressesNeedATokenOrAnExplicitNone(_ host: String) throws {
        var configuration = Configuration()
        configuration.host = host
        #expect(throws: ConfigurationError.self) { try configuration.validateExposure() }
        configuration.auth = .none
        try configuration.validateExposure()
        configuration.auth = .tokens([AccessToken(digest: [UInt8](repeating: 0, count: 32))])
        try configuration.validateExposure()
    }

    /// The file of the repository is one that works.
    @Test func theShippedFileIsValid() throws {
        let configuration = try ConfigurationSources(file: Repository.path("config.json"), environment: [:]).read()
        #expect(configuration.models.map(\.name) == ["chest64", "brain64", "tissue64"])
        for model in configuration.models {
            #expect(FileManager.default.fileExists(atPath: model.path + "/model_index.json"), "\(model.path)")
        }
    }
}
