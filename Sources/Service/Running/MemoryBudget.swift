import Imaging

/// How the memory that the service may take is divided: the program and the weights of all models first, then what
/// computes beside the workers, and the rest in equal parts to these.
struct MemoryBudget: Sendable, Equatable {
    /// Bytes in all.
    let total: Int
    /// Of the program itself, its heap, its connections and the store's cache: measured, 35 to 47 MB.
    static let process = 64 << 20
    /// Of the weights of all models, those among them that batches and large images make.
    let weights: Int
    /// Of the indexes of training images that copies are searched in.
    let indexes: Int
    /// Of the worker that serves small jobs while the others are busy with large images.
    let beside: Int
    /// What evaluations of one worker may take, with what they are asked and what they answer.
    let perWorker: Int

    init(total: Int, models: [ServedModel], indexes: Int = 0, _ layout: WorkerLayout) {
        (self.total, self.indexes) = (total, indexes)
        weights = models.reduce(0) { $0 + $1.weightBytes }
        beside = models.map { $0.largestSmallMemory(maxBatch: layout.maxBatch, threads: layout.threads) }.max() ?? 0
        perWorker = max(0, total - Self.process - weights - indexes - beside) / max(1, layout.workers)
    }
}
