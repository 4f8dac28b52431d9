import Diffusion
import Imaging
import JSON
import Jobs
import JobsSQLite
import Service
import Tensors

/// Rows of the job store that somebody has written into: read, listed, counted, leased, planned, stepped, ended and swept.
public final class HostileStoreRows {
    private var store: SQLiteJobStore
    /// One that holds its checks, and one that does not: to change that of a store would throw away its prepared statements.
    private let checking: SQLiteJobStore, trusting: SQLiteJobStore
    private let engine: DiffusionRunner
    private var worker = Compute(threads: 1)
    private let mutator = DocumentMutator(vocabulary: TinyModel.vocabulary)
    /// What a job of `fields` stores, for people and to be run.
    private let acceptedRequest: JSONObject
    private let acceptedRun: JSONObject

    public init() {
        do {
            (checking, trusting) = (try SQLiteJobStore(inMemory: .init()), try SQLiteJobStore(inMemory: .init()))
            _ = try trusting.inspect("PRAGMA ignore_check_constraints = 1")
            store = checking
        } catch { fatalError("no store in memory: \(error)") }
        let model = ServedModel(facts: TinyModel.facts(), network: TinyModel.made())
        do {
            let plan = try HostileRequest.validator().validate(.object(Self.fields))
            (acceptedRequest, acceptedRun) = (plan.request.json, plan.planned.accepted.json)
        } catch { fatalError("a valid request is refused: \(error)") }
        engine = DiffusionRunner(models: [model], settings: .init(threadsPerWorker: 1, maxBatch: 8, memoryPerWorker: 1 << 30))
    }

    /// - Returns: whether a job could be leased and planned all the same.
    @discardableResult
    public func run(_ choices: inout Choices) -> Bool {
        var isPlanned = false
        store = choices.below(4) == 3 ? trusting : checking
        do {
            try fill(&choices)
            try spoil(&choices)
            try look()
            isPlanned = try work(&choices)
            guard choices.below(4) == 3 else {
                empty()
                return isPlanned
            }
            try look()
            _ = try store.sweep(RetentionPolicy(days: choices.pick([0, 36_500]), bytes: 1))
        } catch {}
        empty()
        return isPlanned
    }

    // MARK: Rows

    private static let fields: JSONObject = [
        "model": "tiny", "count": 2, "steps": 3, "sampler": "ddim", "guidance": 2, "seed": "7", "condition": ["view": "PA"],
        "width": 8, "height": 8,
    ]

    /// Jobs in every state, one of them with images and saved progress.
    private func fill(_ choices: inout Choices) throws(JobStoreError) {
        for _ in 0..<2 {
            let request = mutator.mutate(choices.below(3) == 0 ? acceptedRequest : [:], &choices)
            let run = choices.below(3) == 0 ? mutator.mutate(acceptedRun, &choices) : acceptedRun
            var job = NewJob(
                kind: "generation", model: ModelReference(name: "tiny", weightsSHA256: TinyModel.sha256.hexadecimal),
                request: (choices.below(3) == 0 ? request : acceptedRequest).serialized(), run: run.serialized(),
                work: PlannedWork(images: 2, steps: 3, callsPerImage: 6))
            if choices.below(3) == 0 {
                let bytes = Pictures.inpainting.image.storedBytes
                job.inputs = [JobInput(name: "image", digest: "a", mediaType: "image/png", bytes: bytes)]
            }
            job.idempotency = IdempotencyKey(scope: "", key: "\(choices.word())", digest: "a")
            (job.owner, job.quota) = (choices.pick(["", "ann", "ann"]), JobQuota(jobsPerMinute: 100_000, queued: 9, imagesPerDay: 1 << 40, stepsPerDay: 1 << 50))
            job.labels = [Self.label]
            job.callback = JobCallback(url: "https://example.org", events: [.succeeded, .failed, .cancelled], trace: "00-1")
            _ = try store.insert(job, queueLimit: 100)
        }
        let leases = try store.lease(limit: 1)
        for lease in leases {
            let usage = JobUsage(computeNanoseconds: 1000, networkCalls: 6, imageSteps: 3, imagesDone: 1)
            _ = try store.save([
                JobCheckpoint(lease: lease, usage: usage, trajectories: [1: SavedTrajectory(step: 1, calls: 2, bytes: [1, 2, 3])], finished: [0: Self.plainImage])
            ])
            if choices.below(2) == 1 { try store.finish(JobCheckpoint(lease: lease, usage: usage, finished: [1: Self.plainImage])) }
        }
        if choices.below(2) == 0 { try store.release(leases) }
    }

    private static let label = JobLabel(name: "view", value: "PA")

    private static let plainImage = image()

    /// - Parameter recipe: that the file carries.
    static func image(recipe: String? = nil) -> FinishedImage {
        let bytes = Pictures.png(Pictures.inpainting.image, recipe: recipe)
        let traits = ImageTraits(
            seed: "7", format: .init(width: 8, height: 8, bitDepth: 8), sha256: TinyModel.sha256.hexadecimal, mediaType: "image/png",
            report: Array("{\"computed\":{\"max\":1,\"mean\":0.5}}".utf8))
        return FinishedImage(output: ImageOutput(traits, bytes: bytes), calls: 6)
    }

    private static let jobs = (
        table: "jobs", texts: ["id", "kind", "status", "model", "weights_sha256", "owner", "lease", "lease_owner", "arithmetic"],
        blobs: ["request", "run", "error"]
    )
    private static let columns: [(table: String, texts: [String], blobs: [String])] =
        Array(repeating: jobs, count: 5) + [
            ("images", ["seed", "sha256", "media_type"], ["content", "report"]), ("trajectories", [], ["content"]),
            ("inputs", ["media_type", "digest"], ["content"]), ("job_inputs", ["name", "digest"], []), ("occurrences", [], []),
            ("accounts", ["owner"], []), ("job_labels", ["name", "value"], []), ("tombstones", ["id", "why", "owner"], []),
            ("idempotency_keys", ["scope", "key", "digest"], []), ("callbacks", ["url", "events", "trace"], []),
            ("deliveries", ["job", "kind", "status", "url", "trace"], []),
        ]
    private static let numbers = [
        "jobs": [
            "created_at", "started_at", "finished_at", "images", "steps", "planned_calls", "images_done", "image_steps", "network_calls", "compute_ns",
            "attempt", "fruitless_attempts", "resumed_from_step", "stored_bytes", "version", "ordinal", "is_large", "has_begun", "call_units",
            "lease_expires_at", "turn", "is_pinned",
        ],
        "images": ["image", "width", "height", "bit_depth", "calls", "byte_count"], "trajectories": ["image", "step", "calls"],
        "occurrences": ["sequence", "job", "image"], "job_labels": ["job"], "tombstones": ["removed_at"], "idempotency_keys": ["job"],
        "accounts": ["bucket_full_at", "day", "images", "steps", "small_turn", "large_turn"], "callbacks": ["job"],
        "deliveries": ["ordinal", "ended_at", "attempts", "next_at"],
    ]

    /// Statements as a careless hand would type them; those that the schema refuses change nothing.
    private func spoil(_ choices: inout Choices) throws(JobStoreError) {
        for _ in 0..<4 {
            guard choices.below(4) != 0 else { break }
            let (table, texts, blobs) = choices.pick(Self.columns)
            let numbers = Self.numbers[table] ?? []
            let column = choices.pick(numbers + numbers + texts + blobs)
            let text = choices.pick(HostileValues.texts + ["'PA'", "'inpainting'", "'verification'", "''", "x'FF00FE'", "NULL", "'queued'", "'running'", "CAST(x'FF00FE' AS TEXT)"])
            let value = blobs.contains(column) ? "CAST('\(text.filter { $0 != "'" })' AS BLOB)" : text
            let hasRowID = !["accounts", "job_labels", "job_inputs", "tombstones", "idempotency_keys"].contains(table)
            let which = hasRowID && choices.below(2) == 1 ? " WHERE rowid = (SELECT max(rowid) FROM \(table))" : ""
            _ = try? store.inspect("UPDATE OR IGNORE \(table) SET \(column) = \(value)\(which)")
        }
    }

    private func empty() {
        for table in ["jobs", "accounts", "deliveries", "tombstones", "inputs", "sqlite_sequence"] { _ = try? store.inspect("DELETE FROM \(table)") }
    }

    // MARK: What a service does with them

    private func look() throws(JobStoreError) {
        let board = try JobBoard(store: store)
        _ = try store.counts()
        for job in try board.jobs(JobQuery(limit: 10)).jobs {
            _ = try JobDocument(job, secondsToEnd: board.estimate()?.secondsToEnd(of: job.id)).response()
            if job.status == .succeeded { _ = try? store.image(0, of: job.id) }
        }
        _ = try board.estimate()?.secondsToFreePlace
        try lookAround()
    }

    /// Lists over all jobs, and what is kept beside them.
    private func lookAround() throws(JobStoreError) {
        for labels in [[], [Self.label]] {
            let page = try store.images(ImageQuery(labels: labels, limit: 1))
            if let cursor = page.nextCursor { _ = try store.images(ImageQuery(labels: labels, cursor: cursor)) }
        }
        for occurrence in try store.occurrences(OccurrenceQuery(after: 0, owner: nil, limit: 8)) {
            let id = EventID(.job(occurrence.job), occurrence.sequence)
            precondition(EventID(id.text) == id || occurrence.sequence < 0, "\(id.text) does not come back")
            _ = try? store.owner(of: occurrence.job)
        }
        _ = try store.latestOccurrence()
        _ = try? (store.measuredRates(), store.input(digest: "a"), store.audit(after: 0, limit: 8))
        let end = Timestamp(milliseconds: .max / 2)
        for delivery in try store.outbox?.dueDeliveries(at: end, limit: 8) ?? [] {
            try store.settle(delivery, delivery.attempts % 2 == 0 ? .again(at: end) : .over)
        }
    }

    private func work(_ choices: inout Choices) throws(JobStoreError) -> Bool {
        var isPlanned = false
        for lease in try store.lease(limit: 3) {
            if choices.below(2) == 0 { try store.begin([lease]) }
            guard let plan = try? engine.plan(lease) else {
                try store.fail(lease, problem: Array("{}".utf8), usage: lease.job.usage)
                continue
            }
            isPlanned = true
            var job = ActiveJob<DiffusionRunner>(lease: lease, plan: plan)
            if let index = job.nextWaiting, plan.series.first.count <= 1024 { step(&job, index) }
            let usage = job.usage
            switch choices.below(4) {
            case 0: _ = try store.save([JobCheckpoint(lease: lease, usage: usage)])
            case 1: _ = try? store.finish(JobCheckpoint(lease: lease, usage: usage, finished: [0: Self.plainImage, 1: Self.plainImage]))
            case 2: _ = try store.cancel(lease.job.id, usage: usage)
            default: try store.release([lease])
            }
        }
        return isPlanned
    }

    private func step(_ job: inout ActiveJob<DiffusionRunner>, _ index: Int) {
        let slot = job.slots[index]
        guard var images = (try? engine.begin(job.plan, image: index, saved: slot.saved)).map({ [$0] })
            ?? (try? engine.begin(job.plan, image: index, saved: nil)).map({ [$0] }), !images[0].isFinished
        else { return }
        job.checkOut(index)
        let rows = images[0].rowsOfNextStep
        guard (try? engine.step(&images, on: &worker, isWanted: { true })) != nil else { return }
        job.spend(1000)
        job.advance(index, to: images[0], calls: slot.calls + Int64(rows))
    }
}
