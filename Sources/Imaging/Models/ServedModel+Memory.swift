import Networks

extension ServedModel {
    /// Bytes of the weights, with what batches and large images make of them.
    package var weightBytes: Int { network.weightBytes.held + network.weightBytes.made }

    /// Bytes that one evaluation of `rows` rows takes on `threads` threads: activations, the scratch of all threads,
    /// and the arrays of its images: what the sampler keeps of each, what the network is asked and answers.
    package func memory(rows: Int, width: Int, height: Int, threads: Int) -> Int {
        // A size that the network refuses has been refused before.
        let evaluation = (try? network.cost(batch: rows, height: height, width: width, threads: threads).bytes) ?? 0
        let channels = max(network.configuration.inChannels, network.configuration.outChannels)
        return evaluation + rows * Self.arraysOfImage * channels * width * height * MemoryLayout<Float>.stride
    }

    /// Rows whose evaluation together stays within the budget, by halving what the batch would take; at least one. It
    /// depends on nothing but the model and the size, so images that may be together agree on it.
    package func rowsTogether(maxBatch: Int, width: Int, height: Int, threads: Int, budget: Int) -> Int {
        var rows = max(1, min(maxBatch, UNet.rowsTogether(height: height, width: width)))
        while rows > 1, memory(rows: rows, width: width, height: height, threads: threads) > budget { rows /= 2 }
        return rows
    }

    /// Arrays of an image's size in memory at the same time at most: a latent with a solver's history and a snapshot
    /// being saved, the network's input and output on their way through sampler, guidance and batch, a preview.
    private static let arraysOfImage = 16

    /// Of all evaluations that are not of large images the most that one takes.
    package func largestSmallMemory(maxBatch: Int, threads: Int) -> Int {
        let multiple = network.configuration.sizeMultiple
        return [64, 128, 256].map { side in
            let size = (side + multiple - 1) / multiple * multiple
            guard !UNet.isLarge(width: size, height: size) else { return 0 }
            return memory(
                rows: min(maxBatch, UNet.rowsTogether(height: size, width: size)), width: size, height: size,
                threads: threads)
        }.max() ?? 0
    }
}
