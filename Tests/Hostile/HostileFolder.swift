import Checkpoints
import FoundationEssentials
import Locking

/// A folder of this process's own that goes with it; in memory where the system has such a place, since a fuzzer writes often.
final class HostileFolder {
    let path: String

    init() {
        let base = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : "/tmp"
        path = "\(base)/phantom-hostile-\(UUID().uuidString)"
        makeFolder("")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func makeFolder(_ name: String) {
        do {
            try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
        } catch { fatalError("a folder cannot be made: \(error)") }
    }

    func read(_ name: String) -> [UInt8] { FileManager.default.contents(atPath: "\(path)/\(name)").map(Array.init) ?? [] }

    func write(_ bytes: [UInt8], to name: String) {
        guard FileManager.default.createFile(atPath: "\(path)/\(name)", contents: Data(bytes)) else { fatalError("a file cannot be written") }
    }
}

/// Weights that are remembered as they are made.
final class MadeWeights: Sendable {
    private let made = Lock<[String: SafetensorsWriter.Tensor]>([:])

    var tensors: [String: SafetensorsWriter.Tensor] { made.withLock { $0 } }

    var weights: Weights {
        Weights { [self] (key, shape) throws(CheckpointError) in
            let values = (0..<shape.reduce(1, *)).map { Float(($0 * 37 + key.utf8.count * 11) % 23 - 11) / 64 }
            made.withLock { $0[key] = .init(shape: shape, floats: values) }
            return values
        }
    }
}
