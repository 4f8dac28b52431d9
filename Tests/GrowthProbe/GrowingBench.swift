import Bytes
import Diffusion
import HTTPTypes
import Images
import Imaging
import Jobs
import JobsSQLite
import Logging
import Service
import Wire

/// The whole way of a request, from its bytes to the bytes of its answer, on one thread: the connection's machine, the
/// router, the routes and a store in memory. Nothing computes.
final class GrowingBench {
    let router: Router
    private let store: SQLiteJobStore
    private let board: JobBoard

    /// Under which name requests ask it.
    private static let host = "growth.test"

    /// Values of the attribute `finding`.
    static let values = 4096

    init() throws {
        store = try SQLiteJobStore(inMemory: .init())
        board = try JobBoard(store: store, configuration: .init(queueLimit: 100_000))
        board.rates.record(model: Self.model.name, nanoseconds: 1_000_000, calls: 1, unitsPerCall: 1)
        let (status, lanes) = (ServiceStatus(), Lanes())
        var access = Configuration()
        access.hosts.append(Self.host)
        router = Router(
            access, status: status, lanes: lanes, logger: Logger(label: "growth") { _ in SwiftLogNoOpLogHandler() })
        let validator = GenerationValidator(
            models: [Self.model], limits: RequestLimits(count: 10, steps: 2000, pixels: 1 << 20, memoryBytes: 1)
        ) { _, _, _, _ in 0 }
        router.install(
            RouteTable.probes(status: status, queueLimit: 100_000, workers: 1)
                + RouteTable(board: board, status: status, lanes: lanes, validator: validator).routes)
        status.begin(models: [Self.model.name])
    }

    static let model: ModelFacts = {
        var generation = Generation.Model(
            weightsSHA256: Digest(hexadecimal: repeated("0f", 32))!, scheduler: SchedulerConfiguration(), channels: 1)
        (generation.width, generation.height, generation.sizeDivisor) = (16, 16, 8)
        var facts = ModelFacts(name: "growth", generation: generation, parameters: 1)
        (facts.hasClassTable, facts.nullClass) = (true, 0)
        facts.attributes = [
            .init(
                name: "finding", values: (0..<values).map { "the finding of number \($0)" }, multiple: true, firstRow: 1
            )
        ]
        return facts
    }()

    /// Of an image that this bench verifies.
    static let recipe: Recipe = {
        var recipe = Recipe(
            weightsSHA256: model.generation.weightsSHA256, scheduler: model.generation.scheduler, width: 16, height: 16,
            channels: 1)
        recipe.condition = Condition(input: .rows([1]), null: .rows([0]))
        return recipe
    }()

    // MARK: Jobs

    /// A job that has succeeded with so many images.
    func finish(images: Int) throws -> JobID {
        let job = try submit(images: images)
        guard let lease = try store.lease(limit: 1).first else { fatalError("the job is not in the queue") }
        // Sizes and samples fit together.
        let pixels = try PixelImage(width: 1, height: 1, channels: 1, bitDepth: 8, samples: [0])
        let text = String(decoding: Self.recipe.canonical, as: UTF8.self)
        let png = try PNGEncoder.encode(
            pixels, provenance: Provenance(recipe: text, sourceType: .trainedAlgorithmicMedia))
        let traits = ImageTraits(
            seed: "0", format: .init(width: 1, height: 1, bitDepth: 8), sha256: png.sha256, mediaType: "image/png")
        let output = ImageOutput(traits, bytes: png.bytes)
        try store.finish(
            JobCheckpoint(
                lease: lease,
                usage: JobUsage(computeNanoseconds: 1, networkCalls: 1, imageSteps: 1, imagesDone: images),
                finished: Dictionary(
                    uniqueKeysWithValues: (0..<images).map { ($0, FinishedImage(output: output, calls: 1)) })))
        return job
    }

    func submit(images: Int = 1) throws -> JobID {
        try board.submit(
            NewJob(
                kind: "generation",
                model: ModelReference(name: Self.model.name, weightsSHA256: Self.model.generation.weightsSHA256.hexadecimal),
                request: Array("{}".utf8), run: Array("{}".utf8), work: PlannedWork(images: images, steps: 1, callsPerImage: 1))
        ).job.id
    }

    func removeAll() throws {
        while case let jobs = try board.jobs(JobQuery(limit: 1000)).jobs, !jobs.isEmpty {
            for job in jobs {
                if !job.status.isTerminal { _ = try board.cancel(job.id) }
                try board.delete(job.id)
            }
        }
    }

    // MARK: Requests

    /// What is answered to bytes that come as sockets give them.
    func answers(to bytes: [UInt8]) -> [UInt8] {
        DirectConnection(handler: router).answers(to: bytes) { fatalError("\($0) is not answered at once") }
    }
}
