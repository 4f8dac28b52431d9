extension TrainingSettings {
    /// What is allowed and yet hardly meant, a clause each.
    public var warnings: [String] {
        guard optimiser.warmup > steps else { return [] }
        return [
            "optimizer.warmup: the learning rate rises over \(optimiser.warmup) steps, and the run has \(steps); "
                + "it does not come to \(optimiser.rate)"
        ]
    }
}
