import HTTP
import JSON
import Service

/// `config.json` and the environment.
public final class HostileConfiguration {
    private let mutator = DocumentMutator(vocabulary: [
        "none", "localhost", "0.0.0.0", "sqlite:a", "info", "text", "*", "https://example.org", "path", "::1", "fd00::/8", "read", "admin", "worker",
        "relaxed", "flag", "name", "quota", "whsec_", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "postgres://u:p%40@[::1]:5432/d?sslmode=require",
        "postgres://", "postgresql://u@h,i:1,/d%zz?host=/tmp&port=-1",
    ])
    private let folder = HostileFolder()

    private static let document: JSONObject = [
        "host": "127.0.0.1", "port": 8080, "models": [["name": "tiny", "path": "tiny"]], "database": "sqlite:phantom.sqlite", "workers": 2,
        "role": "all", "lease_seconds": 15, "durability": "durable",
        "threads_per_worker": 2, "max_batch": 8, "queue_limit": 256,
        "limits": [
            "body_bytes": 8_388_608, "pixels": 1_048_576, "count": 64, "steps": 4000, "header_bytes": 32_768, "connections": 16_384,
            "memory_bytes": 1_073_741_824, "streams": 4096, "streams_per_client": 1024,
        ],
        "timeouts": ["header": 10, "body": 60, "idle": 75, "drain": 30], "retention": ["days": 30, "bytes": 10_737_418_240],
        "auth": [
            "tokens_sha256": [.string(TinyModel.sha256.hexadecimal)],
            "tokens": [
                [
                    "name": "ann", "sha256": .string(String(repeating: "1e", count: 32)), "scopes": ["read", "submit"],
                    "quota": ["jobs_per_minute": 60, "queued": 16, "images_per_day": 1000, "steps_per_day": 100_000],
                ], ["name": "root", "sha256": .string(String(repeating: "2d", count: 32)), "scopes": ["read", "submit", "admin"]],
            ],
        ],
        "cors": ["https://example.org"], "copies": ["policy": "off"],
        "webhooks": [
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "networks": ["10.0.0.0/8", "fd00::/8"], "first_retry": 5, "longest_retry": 3600,
        ],
        "hosts": ["phantom.example", "10.1.2.3"], "proxies": ["10.0.0.0/8", "fd00::1"], "log": ["level": "info", "format": "json"],
    ]

    private static let variables = [
        "HOST", "PORT", "MODELS", "DATABASE", "WORKERS", "THREADS_PER_WORKER", "MAX_BATCH", "QUEUE_LIMIT", "LIMITS_BODY_BYTES", "LIMITS_PIXELS",
        "LIMITS_COUNT", "LIMITS_STEPS", "LIMITS_HEADER_BYTES", "LIMITS_CONNECTIONS", "LIMITS_MEMORY_BYTES", "TIMEOUTS_HEADER", "TIMEOUTS_BODY",
        "TIMEOUTS_IDLE", "TIMEOUTS_DRAIN", "RETENTION_DAYS", "RETENTION_BYTES", "AUTH", "AUTH_TOKENS_SHA256", "AUTH_TOKENS", "CORS", "LOG_LEVEL",
        "LOG_FORMAT", "HOSTS", "PROXIES", "ROLE", "LEASE_SECONDS", "DURABILITY", "LIMITS_STREAMS", "LIMITS_STREAMS_PER_CLIENT", "COPIES_POLICY",
        "WEBHOOKS_SECRET", "WEBHOOKS_NETWORKS", "WEBHOOKS_FIRST_RETRY", "WEBHOOKS_LONGEST_RETRY", "OTHER",
    ]

    public init() {}

    /// The file spoilt, some variables set, and what follows from them before anything is started.
    /// - Returns: whether the settings were let in.
    @discardableResult
    public func run(_ choices: inout Choices) -> Bool {
        folder.write(JSONWriter(writesNonFinite: true).write(.object(mutator.mutate(Self.document, &choices))), to: "config.json")
        var environment: [String: String] = [:]
        for _ in 0..<choices.below(3) {
            let texts =
                HostileValues.texts + ["", ",", "=", "a=b,c", "none", "tcp://10.0.0.1:80", String(repeating: "9", count: 400)]
                + ["[]", "{}", "[{\"name\":\"a\"}]", "[1", "whsec_AA==", "10.0.0.0/99"]
            environment["PHANTOM_" + choices.pick(Self.variables)] = choices.pick(texts)
        }
        do {
            let sources = ConfigurationSources(file: "\(folder.path)/config.json", environment: environment, workingDirectory: folder.path)
            _ = sources.ignoredVariables
            let configuration = try sources.read()
            try configuration.validateExposure()
            let cores = choices.pick([1, 2, 8, 256])
            let (workers, threads) = configuration.threads(cores: cores)
            precondition(workers >= 1 && threads >= 1 && workers * threads <= max(16, 4 * cores), "\(workers) x \(threads) on \(cores) cores")
            _ = ServerConfiguration(configuration)
            return true
        } catch { return false }
    }
}
