import Locking
import Tensors

extension Compute {
    /// What `body` makes of each of 0..<count, in their order, computed on the threads of the team.
    func map<Result: Sendable>(_ count: Int, _ body: (Int) throws -> Result) throws -> [Result] {
        let results = Lock<[Swift.Result<Result, any Error>?]>(Array(repeating: nil, count: count))
        forEach(count) { item in
            let result = Swift.Result { try body(item) }
            results.withLock { $0[item] = result }
        }
        // The loop has ended, so every item has its result.
        return try results.withLock { try $0.map { try $0!.get() } }
    }
}
