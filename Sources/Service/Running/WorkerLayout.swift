/// How computing is divided: among workers, each of them with threads of its own.
struct WorkerLayout: Sendable, Equatable {
    var workers: Int
    /// Of one worker.
    var threads: Int
    /// Rows that a worker evaluates together at most.
    var maxBatch: Int
}
