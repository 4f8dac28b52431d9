/// A table of the job store as it is looked through or moved as a whole, whatever engine keeps it: what every store
/// has, under the names that the columns have in all of them.
///
/// Leases are left out, and what processes say of themselves: a store that is moved is at rest.
package struct StoreTable: Hashable, Sendable {
    package enum Kind: Hashable, Sendable { case integer, boolean, text, bytes }

    package struct Column: Hashable, Sendable {
        package let name: String
        package let kind: Kind
    }

    package let name: String
    /// Names of the columns by which the rows are ordered, and none is twice.
    package let key: [String]
    package let columns: [Column]

    /// - Parameters:
    ///   - key: names, parted by spaces.
    ///   - columns: names, parted by spaces, of each kind.
    private init(_ name: String, key: String, _ columns: KeyValuePairs<Kind, String>) {
        self.name = name
        self.key = key.split(separator: " ").map(String.init)
        self.columns = columns.flatMap { kind, names in
            names.split(separator: " ").map { Column(name: String($0), kind: kind) }
        }
    }

    /// Columns whose values may be large.
    package var bytes: [Column] { columns.filter { $0.kind == .bytes } }

    /// Where each column stands in a row.
    package func place(of column: String) -> Int? { columns.firstIndex { $0.name == column } }
}

extension StoreTable {
    package static let jobs = StoreTable(
        "jobs", key: "ordinal",
        [
            .integer: """
            ordinal created_at started_at finished_at images steps planned_calls call_units images_done image_steps \
            network_calls compute_ns attempt fruitless_attempts resumed_from_step stored_bytes version turn
            """,
            .boolean: "is_large is_pinned", .text: "id kind status model weights_sha256 arithmetic owner",
            .bytes: "request run error",
        ])
    package static let inputs = StoreTable("inputs", key: "digest", [.text: "digest media_type", .bytes: "content"])
    package static let jobInputs = StoreTable("job_inputs", key: "job name", [.integer: "job", .text: "name digest"])
    package static let images = StoreTable(
        "images", key: "job image",
        [
            .integer: "job image width height bit_depth calls byte_count",
            .text: "seed sha256 media_type", .bytes: "content report",
        ])
    package static let trajectories = StoreTable(
        "trajectories", key: "job image", [.integer: "job image step calls", .bytes: "content"])
    package static let idempotencyKeys = StoreTable(
        "idempotency_keys", key: "scope key", [.integer: "job", .text: "scope key digest"])
    package static let labels = StoreTable("job_labels", key: "name value job", [.integer: "job", .text: "name value"])
    package static let tombstones = StoreTable(
        "tombstones", key: "id", [.integer: "removed_at", .text: "id why owner"])
    package static let accounts = StoreTable(
        "accounts", key: "owner", [.integer: "bucket_full_at day images steps small_turn large_turn", .text: "owner"])
    package static let audit = StoreTable(
        "audit", key: "sequence",
        [
            .integer: "sequence at",
            .text: "who action job owner recipe outcome previous digest",
        ])
    package static let callbacks = StoreTable("callbacks", key: "job", [.integer: "job", .text: "url events trace"])
    package static let deliveries = StoreTable(
        "deliveries", key: "ordinal",
        [
            .integer: "ordinal ended_at attempts next_at",
            .text: "job kind status url trace",
        ])
    package static let occurrences = StoreTable("occurrences", key: "sequence", [.integer: "sequence job image"])
    /// The last number that each table has given, of rows that have gone, too: none is given twice.
    package static let counters = StoreTable("counters", key: "name", [.integer: "value", .text: "name"])
    /// What is counted in `counters`, in the order of the names.
    package static let counted = [deliveries, jobs, occurrences]

    /// All tables, in an order in which each names rows of those before it only.
    package static let all = [
        jobs, inputs, jobInputs, images, trajectories, idempotencyKeys, labels, tombstones, accounts, audit, callbacks,
        deliveries, occurrences, counters,
    ]
}
