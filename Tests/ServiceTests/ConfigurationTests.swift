import Foundation
import HTTP
import Service
import Testing

/// Defaults and `config.json`: what there is, and what is refused.
@Suite struct ConfigurationTests {
    @Test func defaults() throws {
        let configuration = try Configuration.read()
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 8080)
        #expect(configuration.database == .sqlite(path: "/srv/phantom.sqlite"))
        #expect(configuration.auth == .unset)
        #expect(configuration.copies == .off)
    }

    /// That there are no models yet has to be said, and cannot be where none would come.
    @Test func noModelsAreNoAccident() throws {
        try Configuration.read(#"{"models":[]}"#).validateModels()
        try Configuration.read(#"{"models":[{"path":"m"}],"database":"postgres://u@h/d"}"#).validateModels()
        for json in ["{}", #"{"models":null}"#, #"{"models":[],"database":"postgres://u@h/d"}"#] {
            let error = #expect(throws: ConfigurationError.self) { try Configuration.read(json).validateModels() }
            #expect(error?.description.contains("at least one model") == true, "\(json): \(String(describing: error))")
        }
    }

    @Test func everyKeyOfTheFile() throws {
        let digest = String(repeating: "aB", count: 32)
        let configuration = try Configuration.read(
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
        let error = try #require(throws: ConfigurationError.self) { _ = try Configuration.read(json) }
        #expect(error.pointer == pointer)
        #expect(error.source.hasSuffix("config.json"))
        #expect(!"\(error)".contains("secret"), "what may be a token is not repeated")
    }

    @Test func aMissingFileIsAnError() throws {
        let error = try #require(throws: ConfigurationError.self) {
            _ = try ConfigurationSources(file: "/nowhere/config.json", environment: [:]).read()
        }
        #expect(error.source == "/nowhere/config.json")
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

    /// The file of the repository is one that works.
    @Test func theShippedFileIsValid() throws {
        let configuration = try ConfigurationSources(file: Repository.path("config.json"), environment: [:]).read()
        #expect(configuration.models.map(\.name) == ["chest64", "brain64", "tissue64"])
        for model in configuration.models {
            #expect(FileManager.default.fileExists(atPath: model.path + "/model_index.json"), "\(model.path)")
        }
    }
}
