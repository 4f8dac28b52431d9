/// Every key of `config.json`, and with it every `PHANTOM_...` variable: `limits.body_bytes` is
/// `PHANTOM_LIMITS_BODY_BYTES`.
struct ConfigurationKey: Sendable {
    enum Kind: Sendable {
        case string
        case number
        /// Comma-separated strings.
        case strings
        /// JSON, as the file has it.
        case json
        /// `name=path` or `path`, comma-separated.
        case models
        /// An object in the file, whose keys have variables of their own; as a variable only the word given.
        case word(String)
    }

    let path: [String]
    let kind: Kind

    var variable: String { "PHANTOM_" + path.joined(separator: "_").uppercased() }

    static let all: [ConfigurationKey] = [
        .init(path: ["host"], kind: .string),
        .init(path: ["port"], kind: .number),
        .init(path: ["models"], kind: .models),
        .init(path: ["database"], kind: .string),
        .init(path: ["durability"], kind: .string),
        .init(path: ["images", "kind"], kind: .string),
        .init(path: ["images", "path"], kind: .string),
        .init(path: ["images", "endpoint"], kind: .string),
        .init(path: ["images", "bucket"], kind: .string),
        .init(path: ["images", "region"], kind: .string),
        .init(path: ["images", "prefix"], kind: .string),
        .init(path: ["images", "path_style"], kind: .json),
        .init(path: ["images", "credentials_file"], kind: .string),
        .init(path: ["role"], kind: .string),
        .init(path: ["lease_seconds"], kind: .number),
        .init(path: ["workers"], kind: .number),
        .init(path: ["threads_per_worker"], kind: .number),
        .init(path: ["max_batch"], kind: .number),
        .init(path: ["queue_limit"], kind: .number),
        .init(path: ["limits", "body_bytes"], kind: .number),
        .init(path: ["limits", "pixels"], kind: .number),
        .init(path: ["limits", "count"], kind: .number),
        .init(path: ["limits", "steps"], kind: .number),
        .init(path: ["limits", "header_bytes"], kind: .number),
        .init(path: ["limits", "connections"], kind: .number),
        .init(path: ["limits", "streams"], kind: .number),
        .init(path: ["limits", "streams_per_client"], kind: .number),
        .init(path: ["limits", "memory_bytes"], kind: .number),
        .init(path: ["timeouts", "header"], kind: .number),
        .init(path: ["timeouts", "body"], kind: .number),
        .init(path: ["timeouts", "idle"], kind: .number),
        .init(path: ["timeouts", "drain"], kind: .number),
        .init(path: ["retention", "days"], kind: .number),
        .init(path: ["retention", "bytes"], kind: .number),
        .init(path: ["auth"], kind: .word("none")),
        .init(path: ["auth", "tokens_sha256"], kind: .strings),
        .init(path: ["auth", "tokens"], kind: .json),
        .init(path: ["hosts"], kind: .strings),
        .init(path: ["proxies"], kind: .strings),
        .init(path: ["cors"], kind: .strings),
        .init(path: ["copies", "policy"], kind: .string),
        .init(path: ["webhooks", "secret"], kind: .string),
        .init(path: ["webhooks", "networks"], kind: .strings),
        .init(path: ["webhooks", "first_retry"], kind: .number),
        .init(path: ["webhooks", "longest_retry"], kind: .number),
        .init(path: ["log", "level"], kind: .string),
        .init(path: ["log", "format"], kind: .string),
    ]

    /// The keys of an object of the file.
    static func members(of section: String) -> Set<String> {
        Set(all.filter { $0.path.count == 2 && $0.path[0] == section }.map { $0.path[1] })
    }
}
