import Blobs
import Copies
import Imaging
import JSON
import Tensors

/// One layer of settings, as JSON: the file, or what the environment says in the same shape.
struct ConfigurationLayer {
    let root: JSONCursor
    /// Folder that relative paths of this layer start from.
    let folder: String

    /// Overrides in `configuration` what this layer sets. Unknown keys are refused.
    func apply(to configuration: inout Configuration) throws(JSONMismatch) {
        try root.refuseMembers(otherThan: Set(ConfigurationKey.all.map { $0.path[0] }))
        if let host = try root.member("host") { configuration.host = try host.nonEmpty() }
        if let port = try root.member("port") { configuration.port = try port.int(in: 0...65_535) }
        if let models = try root.member("models") {
            configuration.models = try read(models: models)
            configuration.startsWithoutModels = configuration.models.isEmpty
        }
        if let database = try root.member("database") { configuration.database = try read(database: database) }
        if let role: Configuration.Role = try root.choice("role") { configuration.role = role }
        if let seconds = try root.member("lease_seconds") {
            configuration.leaseSeconds = try seconds.double(in: 3...3_600)
        }
        if let durability: Configuration.Durability = try root.choice("durability") {
            configuration.durability = durability
        }
        if let images = try root.member("images") { try read(images, into: &configuration.images) }
        if let workers = try root.member("workers") { configuration.workers = try workers.int(in: 1...1024) }
        if let threads = try root.member("threads_per_worker") {
            configuration.threadsPerWorker = try threads.int(in: 1...Compute.mostThreads)
        }
        if let batch = try root.member("max_batch") { configuration.maxBatch = try batch.int(in: 1...1024) }
        if let queue = try root.member("queue_limit") { configuration.queueLimit = try queue.int(in: 1...1_000_000) }
        if let limits = try root.member("limits") { try read(limits, into: &configuration.limits) }
        if let timeouts = try root.member("timeouts") { try read(timeouts, into: &configuration.timeouts) }
        if let retention = try root.member("retention") { try read(retention, into: &configuration.retention) }
        // A null would say neither that nobody is asked nor who is: what is there must say which.
        if root.value["auth"] != nil {
            configuration.auth = try read(auth: root.required("auth"), over: configuration.auth)
        }
        if let hosts = try root.member("hosts") { configuration.hosts = try read(hosts: hosts) }
        if let proxies = try root.member("proxies") { configuration.proxies = try read(proxies: proxies) }
        if let cors = try root.member("cors") { configuration.cors = try read(cors: cors) }
        if let copies = try root.member("copies") { configuration.copies = try read(copies: copies) }
        if let webhooks = try root.member("webhooks") { try read(webhooks, into: &configuration.webhooks) }
        if let log = try root.member("log") { try read(log, into: &configuration.log) }
    }

    private func read(models: JSONCursor) throws(JSONMismatch) -> [Configuration.ModelReference] {
        var references: [Configuration.ModelReference] = []
        var names: Set<String> = []
        for model in try models.elements() {
            try model.refuseMembers(otherThan: ["name", "path"])
            let name = try model.member("name")
            let text = try name?.string()
            if let name, let text {
                guard ModelName.isValid(text) else { throw name.mismatch(expected: ModelName.expectation) }
                guard names.insert(text).inserted else {
                    throw name.mismatch(expected: "a name that no other model has")
                }
            }
            let path = try model.required("path").nonEmpty()
            references.append(.init(name: text, path: absolute(path)))
        }
        return references
    }

    private func read(database: JSONCursor) throws(JSONMismatch) -> Configuration.Database {
        let text = try database.string()
        // Not said what it is: a password may be in it.
        if text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") { return .postgres(url: text) }
        let scheme = "sqlite:"
        guard text.hasPrefix(scheme), text.utf8.count > scheme.utf8.count else {
            throw database.mismatch(expected: "sqlite:PATH or postgres://USER@HOST/DATABASE")
        }
        return .sqlite(path: absolute(String(text.dropFirst(scheme.count))))
    }

    private func read(_ cursor: JSONCursor, into limits: inout Configuration.Limits) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ConfigurationKey.members(of: "limits"))
        if let value = try cursor.member("body_bytes") { limits.bodyBytes = try value.int(in: 1...(1 << 30)) }
        if let value = try cursor.member("pixels") { limits.pixels = try value.int(in: 1...(1 << 26)) }
        if let value = try cursor.member("count") { limits.count = try value.int(in: 1...100_000) }
        if let value = try cursor.member("steps") { limits.steps = try value.int(in: 1...1_000_000) }
        if let value = try cursor.member("header_bytes") { limits.headerBytes = try value.int(in: 1024...(1 << 20)) }
        if let value = try cursor.member("connections") { limits.connections = try value.int(in: 1...1_000_000) }
        if let value = try cursor.member("streams") { limits.streams = try value.int(in: 0...1_000_000) }
        if let value = try cursor.member("streams_per_client") {
            limits.streamsPerClient = try value.int(in: 0...1_000_000)
        }
        if let value = try cursor.member("memory_bytes") { limits.memoryBytes = try value.int(in: 1...(1 << 50)) }
    }

    private func read(_ cursor: JSONCursor, into timeouts: inout Configuration.Timeouts) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ConfigurationKey.members(of: "timeouts"))
        let seconds = 0.1...86_400.0
        if let value = try cursor.member("header") { timeouts.header = try value.double(in: seconds) }
        if let value = try cursor.member("body") { timeouts.body = try value.double(in: seconds) }
        if let value = try cursor.member("idle") { timeouts.idle = try value.double(in: seconds) }
        if let value = try cursor.member("drain") { timeouts.drain = try value.double(in: seconds) }
    }

    private func read(_ cursor: JSONCursor, into retention: inout Configuration.Retention) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ConfigurationKey.members(of: "retention"))
        if let value = try cursor.member("days") { retention.days = try value.int(in: 0...36_500) }
        if let value = try cursor.member("bytes") { retention.bytes = try value.int(in: 0...(1 << 50)) }
    }

    private func read(_ cursor: JSONCursor, into log: inout Configuration.Log) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ConfigurationKey.members(of: "log"))
        if let value = try cursor.member("level") {
            let levels = Configuration.Log.Level.allCases.map(\.rawValue)
            log.level = Configuration.Log.Level(rawValue: try value.string(oneOf: levels)) ?? log.level
        }
        if let value = try cursor.member("format") {
            let formats = Configuration.Log.Format.allCases.map(\.rawValue)
            log.format = Configuration.Log.Format(rawValue: try value.string(oneOf: formats)) ?? log.format
        }
    }

    private func read(_ cursor: JSONCursor, into images: inout Configuration.Images) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ConfigurationKey.members(of: "images"))
        if let value = try cursor.member("kind") {
            let kinds = Configuration.Images.Kind.allCases.map(\.rawValue)
            images.kind = Configuration.Images.Kind(rawValue: try value.string(oneOf: kinds)) ?? images.kind
        }
        if let value = try cursor.member("path") { images.path = absolute(try value.nonEmpty()) }
        if let value = try cursor.member("endpoint") {
            images.endpoint = try value.text(whereFault: S3Settings.fault(ofEndpoint:))
        }
        if let value = try cursor.member("bucket") {
            images.bucket = try value.text(whereFault: S3Settings.fault(ofBucket:))
        }
        if let value = try cursor.member("region") {
            images.region = try value.text(whereFault: S3Settings.fault(ofRegion:))
        }
        if let value = try cursor.member("prefix") {
            images.prefix = try value.text(whereFault: S3Settings.fault(ofPrefix:))
        }
        if let value = try cursor.member("path_style") { images.pathStyle = try value.bool() }
        if let value = try cursor.member("credentials_file") {
            images.credentialsFile = absolute(try value.nonEmpty())
        }
    }

    private func read(copies: JSONCursor) throws(JSONMismatch) -> CopyPolicy {
        try copies.refuseMembers(otherThan: ConfigurationKey.members(of: "copies"))
        return try copies.requiredChoice("policy")
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(folder)/\(path)" }
}

extension JSONCursor {
    /// A string in which nothing is wrong.
    /// - Parameter fault: what would be right; nil if it is.
    func text(whereFault fault: (String) -> String?) throws(JSONMismatch) -> String {
        let text = try string()
        if let expected = fault(text) { throw mismatch(expected: expected) }
        return text
    }

    /// A string with something in it.
    func nonEmpty() throws(JSONMismatch) -> String {
        let text = try string()
        if text.isEmpty { throw mismatch(expected: "a string that is not empty") }
        return text
    }
}
