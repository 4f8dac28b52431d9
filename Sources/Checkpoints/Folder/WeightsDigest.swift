import Bytes
import Dispatch
import Locking

/// SHA-256 over the bytes of weight files, made on a thread of its own while the weights are read and packed.
final class WeightsDigest: Sendable {
    private let result = Lock<Result<Digest, CheckpointError>?>(nil)
    private let done = DispatchGroup()

    /// Begins at once.
    init(_ files: [SafetensorsFile]) {
        done.enter()
        DispatchQueue.global(qos: .userInitiated).async { [self] in
            let digest = Result { () throws(CheckpointError) in try SafetensorsFile.sha256(of: files) }
            result.withLock { $0 = digest }
            done.leave()
        }
    }

    /// The digest; waits for it. Throws what reading the files throws.
    func value() throws(CheckpointError) -> Digest {
        done.wait()
        guard let digest = result.withLock({ $0 }) else { fatalError("the digest is stored before the group is left") }
        return try digest.get()
    }
}
