extension Configuration {
    /// Workers and threads of each, so that their product is at most the number of cores unless both were set, and
    /// never more than `mostThreads`: what was set beyond that is cut, workers first to as many, then the threads of
    /// each.
    public func threads(cores: Int) -> (workers: Int, threadsPerWorker: Int) {
        let (wanted, threads) =
            switch (workers, threadsPerWorker) {
            case (let workers?, let threads?): (workers, threads)
            case (let workers?, nil): (workers, max(1, cores / workers))
            case (nil, let threads?): (max(1, cores / threads), threads)
            // One worker with every core: trajectories of different jobs share its batches.
            case (nil, nil): (1, max(1, cores))
            }
        let most = Self.mostThreads(cores: cores), workers = min(max(1, wanted), most)
        return (workers, min(max(1, threads), most / workers))
    }

    /// Compute threads of all workers together beyond which none makes sense: four for each core, 16 on small machines.
    static func mostThreads(cores: Int) -> Int { max(16, 4 * cores) }
}
