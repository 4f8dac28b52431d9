/// Reasons for a job's failure that are the pool's.
public enum WorkerPoolError: Error, Hashable, Sendable {
    /// The job was started `attempts` times without getting anywhere: it probably kills the process.
    case attemptsExhausted(attempts: Int)
    /// The engine returned another number of trajectories than it got.
    case batchSizeChanged(expected: Int, got: Int)
    /// The store says that the job has more images than one can have.
    case tooManyImages(Int, most: Int)
    /// The store refuses the result for good.
    case unstorable(JobStoreError)
}

extension WorkerPoolError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .attemptsExhausted(let attempts):
            "the job was started \(attempts) times and made no progress before the process ended; it is not tried again"
        case .batchSizeChanged(let expected, let got):
            "the engine returned \(got) trajectories for a batch of \(expected)"
        case .tooManyImages(let images, let most):
            "the job has \(images) images by the store: expected at most \(most)"
        case .unstorable(let error):
            "the result cannot be stored: \(error)"
        }
    }
}
