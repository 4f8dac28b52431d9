import Foundation
import Service
import Testing

/// `PHANTOM_...` in the environment: what it overrides, and what is none of ours.
@Suite struct ConfigurationEnvironmentTests {
    @Test func theEnvironmentWinsOverTheFile() throws {
        let environment = [
            "PHANTOM_HOST": "localhost", "PHANTOM_PORT": "81", "PHANTOM_MODELS": "x=models/x,/abs/y", "PHANTOM_DATABASE": "sqlite:/d/j",
            "PHANTOM_WORKERS": "7", "PHANTOM_LIMITS_BODY_BYTES": "99", "PHANTOM_TIMEOUTS_HEADER": "2.5", "PHANTOM_AUTH": "none",
            "PHANTOM_CORS": "https://a,https://b:8443", "PHANTOM_LOG_FORMAT": "text", "PHANTOM_RETENTION_DAYS": "1",
            "PHANTOM_COPIES_POLICY": "flag",
        ]
        let configuration = try Configuration.read(
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
        ("PHANTOM_PORT", "http"), ("PHANTOM_PORT", "70000"), ("PHANTOM_PORT", ""), ("PHANTOM_WORKERS", "1.5"), ("PHANTOM_AUTH", "open"),
        ("PHANTOM_MODELS", "a b=x"), ("PHANTOM_LIMITS_COUNT", "0"), ("PHANTOM_AUTH", ""), ("PHANTOM_AUTH_TOKENS_SHA256", ""),
        ("PHANTOM_HOSTS", "a:80"), ("PHANTOM_PROXIES", "10.0.0.1,x"), ("PHANTOM_PORT", "tcp:80"), ("PHANTOM_AUTH_TOKENS_SHA256", "abc"), ("PHANTOM_AUTH_TOKENS", "ann"), ("PHANTOM_AUTH_TOKENS", "{}"), ("PHANTOM_LOG_LEVEL", "x"),
    ])
    func faultsOfTheEnvironmentNameTheVariable(_ name: String, _ value: String) throws {
        let error = try #require(throws: ConfigurationError.self) { _ = try Configuration.read(environment: [name: value]) }
        #expect(error.source == name)
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
        #expect(try Configuration.read(#"{"port":81}"#, environment: environment).port == 81)
        let sources = ConfigurationSources(file: nil, environment: environment)
        #expect(sources.ignoredVariables.keys.sorted() == environment.keys.sorted(), "each is warned of")
        #expect(sources.ignoredVariables["PHANTOM_PORT"]?.contains("Kubernetes") == true)
        #expect(try Configuration.read(environment: ["PHANTOM_HOSTS": "a.example,10.0.0.1", "PHANTOM_PROXIES": "10.0.0.0/8"]).hosts == ["a.example", "10.0.0.1"])
    }
}
