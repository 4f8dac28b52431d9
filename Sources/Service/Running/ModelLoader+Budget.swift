import Imaging
import Logging

// What the models that are there leave to computing.
extension ModelLoader {
    func budget(_ versions: [ModelShelf.Version]) -> MemoryBudget {
        MemoryBudget(
            total: configuration.limits.memoryBytes ?? MachineResources.current.memory / 2,
            models: versions.map(\.model), indexes: versions.reduce(0) { $0 + ($1.watch?.bytes ?? 0) }, layout)
    }

    func settings(_ budget: MemoryBudget) -> DiffusionRunner.Settings {
        .init(threadsPerWorker: layout.threads, maxBatch: layout.maxBatch, memoryPerWorker: budget.perWorker)
    }

    func validator(_ versions: [ModelShelf.Version], memory: Int) -> GenerationValidator {
        let limits = RequestLimits(
            count: configuration.limits.count, steps: configuration.limits.steps, pixels: configuration.limits.pixels,
            memoryBytes: memory)
        let models = versions.map(\.model), threads = layout.threads
        return GenerationValidator(models: models.map(\.facts), limits: limits) { facts, rows, width, height in
            let model = models.first { $0.facts.name == facts.name }
            return model?.memory(rows: rows, width: width, height: height, threads: threads) ?? 0
        }
    }

    /// Says what there is, and of which models one image does not fit into it.
    func log(_ budget: MemoryBudget, _ versions: [ModelShelf.Version]) {
        logger.info(
            "memory",
            metadata: [
                "bytes": .stringConvertible(budget.total), "weights": .stringConvertible(budget.weights),
                "beside": .stringConvertible(budget.beside), "per_worker": .stringConvertible(budget.perWorker),
            ])
        for model in versions.map(\.model) {
            let (width, height) = (model.facts.generation.width, model.facts.generation.height)
            let needed = model.memory(rows: 1, width: width, height: height, threads: layout.threads)
            guard needed > budget.perWorker else { continue }
            logger.warning(
                """
                too little memory for one image of the model's own size: its jobs will be refused \
                (limits.memory_bytes, fewer models or workers)
                """,
                metadata: [
                    "model": "\(model.facts.name)", "bytes": .stringConvertible(needed),
                    "per_worker": .stringConvertible(budget.perWorker),
                ])
        }
    }
}
