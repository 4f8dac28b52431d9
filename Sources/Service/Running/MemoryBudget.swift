import Networks

/// How the memory that the service may take is divided: the program and the weights of all models first, then what computes beside the
/// workers, and the rest in equal parts to these.
struct MemoryBudget: Sendable, Equatable {
    /// Bytes in all.
    let total: Int
    /// Of the program itself, its heap, its connections and the store's cache: measured, 35 to 47 MB.
    static let process = 64 << 20
    /// Of the weights of all models, those among them that batches and large images make.
    let weights: Int
    /// Of the worker that serves small jobs while the others are busy with large images.
    let beside: Int
    /// What evaluations of one worker may take, with what they are asked and what they answer.
    let perWorker: Int

    init(total: Int, models: [ServedModel], workers: Int, threads: Int, maxBatch: Int) {
        self.total = total
        weights = models.reduce(0) { $0 + $1.weightBytes }
        beside = models.map { $0.largestSmallMemory(maxBatch: maxBatch, threads: threads) }.max() ?? 0
        perWorker = max(0, total - Self.process - weights - beside) / max(1, workers)
    }
}

extension ServedModel {
    /// Bytes of the weights, with what batches and large images make of them.
    var weightBytes: Int { network.weightBytes.held + network.weightBytes.made }

    /// Bytes that one evaluation of `rows` rows takes on `threads` threads: activations, the scratch of all threads, and the arrays of its
    /// images: what the sampler keeps of each, what the network is asked and answers.
    func memory(rows: Int, width: Int, height: Int, threads: Int) -> Int {
        // A size that the network refuses has been refused before.
        let evaluation = (try? network.cost(batch: rows, height: height, width: width, threads: threads).bytes) ?? 0
        let channels = max(network.configuration.inChannels, network.configuration.outChannels)
        return evaluation + rows * Self.arraysOfImage * channels * width * height * MemoryLayout<Float>.stride
    }

    /// Rows whose evaluation together stays within the budget, by halving what the batch would take; at least one. It depends on nothing
    /// but the model and the size, so images that may be together agree on it.
    func rowsTogether(maxBatch: Int, width: Int, height: Int, threads: Int, budget: Int) -> Int {
        var rows = max(1, min(maxBatch, UNet.rowsTogether(height: height, width: width)))
        while rows > 1, memory(rows: rows, width: width, height: height, threads: threads) > budget { rows /= 2 }
        return rows
    }

    /// Arrays of an image's size in memory at the same time at most: a latent with a solver's history and a snapshot being saved, the
    /// network's input and output on their way through sampler, guidance and batch, a preview.
    private static let arraysOfImage = 16

    /// Of all evaluations that are not of large images the most that one takes.
    fileprivate func largestSmallMemory(maxBatch: Int, threads: Int) -> Int {
        let multiple = network.configuration.sizeMultiple
        return [64, 128, 256].map { side in
            let size = (side + multiple - 1) / multiple * multiple
            guard !UNet.isLarge(width: size, height: size) else { return 0 }
            return memory(rows: min(maxBatch, UNet.rowsTogether(height: size, width: size)), width: size, height: size, threads: threads)
        }.max() ?? 0
    }
}
