import Locking

/// The named weights of a network, seen from one prefix:
/// `weights.scoped("down_blocks.0").floats("resnets.0.conv1.bias", ...)`. The root remembers what was read, so that
/// `finish()` can name what nobody asked for. Safe to use from many threads.
public struct Weights: Sendable {
    private let store: WeightStore
    /// Where this scope begins, with a final dot; empty for the root.
    private let prefix: String

    init(store: WeightStore) {
        self.store = store
        prefix = ""
    }

    private init(store: WeightStore, prefix: String) {
        self.store = store
        self.prefix = prefix
    }

    /// Weights held in memory, row major: for tests, and for networks that begin at random.
    public init(tensors: [String: (shape: [Int], values: [Float])]) {
        let entries = tensors.mapValues { WeightStore.Entry(shape: $0.shape, location: .memory($0.values)) }
        self.init(store: WeightStore(entries: entries, origin: "memory"))
    }

    /// Weights that do not exist before they are asked for: of a network that begins at random. `keys` and `shape(of:)`
    /// know none of them.
    ///
    /// - Parameter make: gives as many values as the shape has elements; an error refuses the network.
    package init(making make: @escaping @Sendable (_ key: String, _ shape: [Int]) throws(CheckpointError) -> [Float]) {
        self.init(store: WeightStore(entries: [:], origin: "memory", making: make))
    }

    /// The weights of one safetensors file, under its own names.
    public init(file: SafetensorsFile) {
        var entries: [String: WeightStore.Entry] = [:]
        for tensor in file.tensors {
            entries[tensor.name] = .init(shape: tensor.shape, location: .file(file, tensor.name))
        }
        self.init(store: WeightStore(entries: entries, origin: file.path))
    }

    /// The weights whose keys begin with this one's prefix, `name` and a dot.
    public func scoped(_ name: String) -> Weights { Weights(store: store, prefix: "\(prefix)\(name).") }

    /// Where messages say the weights come from: a file or folder.
    public var origin: String { store.origin }

    /// Keys in this scope, without the prefix, sorted.
    public var keys: [String] {
        store.entries.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    /// Whether there is a weight `key`. Asking does not count as reading it.
    public func contains(_ key: String) -> Bool { store.entries[prefix + key] != nil }

    /// Its shape, outermost first; nil if there is none.
    public func shape(of key: String) -> [Int]? { store.entries[prefix + key]?.shape }

    /// The weight as Float32, row major. Throws `CheckpointError` if it is missing, of another shape (key, expected
    /// and got are named), of a type that cannot be read, or holds a value that is not finite.
    public func floats(_ key: String, shape: [Int]) throws(CheckpointError) -> [Float] {
        try store.floats(prefix + key, shape: shape)
    }

    /// To be called when everything is loaded: throws if weights of this scope were never read, naming them. They mean
    /// that the configuration describes another network. Tolerated is only `num_batches_tracked`, the counter
    /// that torch keeps beside each batch normalisation and that no arithmetic uses.
    public func finish() throws(CheckpointError) { try store.finish(prefix: prefix) }
}

/// Where weights lie, and which of them have been read.
final class WeightStore: Sendable {
    enum Location: Sendable {
        case memory([Float])
        /// A tensor of a file, under the name it has there.
        case file(SafetensorsFile, String)
    }

    struct Entry: Sendable {
        let shape: [Int]
        let location: Location
    }

    let entries: [String: Entry]
    let origin: String
    private let read = Lock<Set<String>>([])
    private let make: (@Sendable (_ key: String, _ shape: [Int]) throws(CheckpointError) -> [Float])?

    init(
        entries: [String: Entry], origin: String,
        making make: (@Sendable (_ key: String, _ shape: [Int]) throws(CheckpointError) -> [Float])? = nil
    ) {
        self.entries = entries
        self.origin = origin
        self.make = make
    }

    func floats(_ key: String, shape: [Int]) throws(CheckpointError) -> [Float] {
        if let make { return try make(key, shape) }
        guard let entry = entries[key] else {
            throw CheckpointError(
                path: origin, item: key, expected: "a weight of shape \(shape)", got: "no such weight")
        }
        guard entry.shape == shape else {
            throw CheckpointError(path: origin, item: key, expected: "shape \(shape)", got: "\(entry.shape)")
        }
        let values: [Float]
        switch entry.location {
        case .memory(let held): values = held
        case .file(let file, let name): values = try file.floats(name)
        }
        guard values.count == elementCount(of: shape) else {
            throw CheckpointError(path: origin, item: key, expected: "values for \(shape)", got: "\(values.count)")
        }
        guard allFinite(values) else {
            let index = values.firstIndex { !$0.isFinite } ?? 0
            throw CheckpointError(
                path: origin, item: key, expected: "finite values", got: "\(values[index]) at element \(index)")
        }
        _ = read.withLock { $0.insert(key) }
        return values
    }

    func finish(prefix: String) throws(CheckpointError) {
        let known = read.withLock { $0 }
        let extra = entries.keys.filter {
            $0.hasPrefix(prefix) && !known.contains($0) && $0.split(separator: ".").last != "num_batches_tracked"
        }.sorted()
        guard let first = extra.first else { return }
        let more = extra.count > 5 ? " and \(extra.count - 5) more" : ""
        throw CheckpointError(
            path: origin, item: first, expected: "only weights that the configuration asks for",
            got: extra.count == 1
                ? "an extra one of shape \(entries[first]?.shape ?? [])"
                : "\(extra.count) extra ones: \(extra.prefix(5).joined(separator: ", "))\(more)")
    }
}

/// Whether no value is infinite or NaN; one pass that vectorises.
func allFinite(_ values: [Float]) -> Bool {
    var largest: UInt32 = 0
    for value in values { largest = max(largest, value.bitPattern & 0x7FFF_FFFF) }
    return largest < 0x7F80_0000
}
