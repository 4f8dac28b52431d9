/// One weight of a checkpoint that is being imported.
package struct ForeignTensor: Sendable {
    enum Location: Sendable {
        case torch(TorchFile, TorchTensor)
        case safetensors(SafetensorsFile, String)
    }

    package let name: String
    package let shape: [Int]
    package let dtype: DType
    let location: Location

    init(_ name: String, _ tensor: TorchTensor, in file: TorchFile) {
        (self.name, shape, dtype, location) = (name, tensor.shape, tensor.storage.dtype, .torch(file, tensor))
    }

    init(_ entry: TensorEntry, in file: SafetensorsFile) {
        (name, shape, dtype, location) = (entry.name, entry.shape, entry.dtype, .safetensors(file, entry.name))
    }

    private init(_ name: String, like other: ForeignTensor) {
        (self.name, shape, dtype, location) = (name, other.shape, other.dtype, other.location)
    }

    func renamed(_ name: String) -> ForeignTensor { ForeignTensor(name, like: self) }

    /// The names of the files they lie in, each once.
    static func files(_ tensors: [ForeignTensor]) -> [String] {
        var names: [String] = []
        for tensor in tensors {
            let path =
                switch tensor.location {
                case .torch(let file, _): file.path
                case .safetensors(let file, _): file.path
                }
            let name = ImportRecord.name(path)
            if !names.contains(name) { names.append(name) }
        }
        return names
    }

    var elementCount: Int { Checkpoints.elementCount(of: shape) ?? Int.max }

    /// Its elements, row major.
    package func floats() throws(CheckpointError) -> [Float] {
        switch location {
        case .torch(let file, let tensor): try file.floats(tensor, name: name)
        case .safetensors(let file, let name): try file.floats(name)
        }
    }
}

/// A weight on its way into the imported model.
struct ImportedTensor: Sendable {
    var shape: [Int]
    var values: [Float]
    /// Whether the values came from binary16, so that they can be written as such without loss.
    var isHalf: Bool

    /// Rows `rows` of the outermost axis, in that order.
    func rows(_ rows: [Int]) -> ImportedTensor {
        let width = shape.dropFirst().reduce(1, *)
        return ImportedTensor(
            shape: [rows.count] + shape.dropFirst(), values: rows.flatMap { values[$0 * width..<($0 + 1) * width] },
            isHalf: isHalf)
    }

    /// [a, b] -> [b, a].
    var transposed: ImportedTensor {
        let (a, b) = (shape[0], shape[1])
        let turned = (0..<a * b).map { values[$0 % a * b + $0 / a] }
        return ImportedTensor(shape: [b, a], values: turned, isHalf: isHalf)
    }

    var written: SafetensorsWriter.Tensor { .init(shape: shape, values: isHalf ? .float16(values) : .float32(values)) }
}

/// The weights of another library's network, and what of them has been read: a weight that nobody reads means that the
/// network is not the one it was taken for.
struct ForeignWeights {
    /// The file, and the place in it.
    let origin: String
    private let tensors: [String: ForeignTensor]
    private var unread: Set<String>
    /// Elements of all weights.
    let elementCount: Int

    /// - Throws: if two have one name.
    init(_ tensors: [ForeignTensor], origin: String) throws(CheckpointError) {
        self.origin = origin
        var named: [String: ForeignTensor] = [:]
        for tensor in tensors where named.updateValue(tensor, forKey: tensor.name) != nil {
            throw CheckpointError(path: origin, item: tensor.name, expected: "each weight once", got: "a second one")
        }
        self.tensors = named
        unread = Set(named.keys)
        elementCount = named.values.reduce(0) { $0 + $1.elementCount }
    }

    var names: [String] { tensors.keys.sorted() }

    func contains(_ name: String) -> Bool { tensors[name] != nil }

    func shape(_ name: String) throws(CheckpointError) -> [Int] {
        guard let tensor = tensors[name] else { throw missing(name) }
        return tensor.shape
    }

    /// Output channels of a convolution over images.
    /// - Throws: if it is no such convolution.
    func channels(_ name: String) throws(CheckpointError) -> Int {
        let shape = try shape(name)
        // Far beyond any network's, and small enough for the square matrices that stand in for layers without weights.
        guard shape.count == 4, (1...8192).contains(shape[0]), !shape.contains(0) else {
            throw fault(name, expected: "a convolution to at most 8192 channels", got: "shape \(shape)")
        }
        return shape[0]
    }

    /// - Throws: for a network whose convolutions run over volumes or sequences.
    func requireImages() throws(CheckpointError) {
        let kernels = tensors.values.filter { $0.shape.count > 2 && $0.shape.dropFirst(2).contains { $0 > 1 } }
        guard let odd = kernels.filter({ $0.shape.count != 4 }).min(by: { $0.name < $1.name }) else { return }
        let kernel = odd.shape.dropFirst(2).map(String.init).joined(separator: " x ")
        let what =
            odd.shape.count == 5
            ? "a network of volumes" : odd.shape.count == 3 ? "a network of sequences" : "another network"
        throw fault(
            odd.name, expected: "a network of images (only 2D networks are served)", got: "\(what) (\(kernel) kernels)")
    }

    /// How many of `name(0)`, `name(1)`, ... there are.
    func count(_ name: (Int) -> String) -> Int {
        var count = 0
        while contains(name(count)) { count += 1 }
        return count
    }

    mutating func read(_ name: String) throws(CheckpointError) -> ImportedTensor {
        guard let tensor = tensors[name] else { throw missing(name) }
        unread.remove(name)
        return ImportedTensor(shape: tensor.shape, values: try tensor.floats(), isHalf: tensor.dtype == .f16)
    }

    /// Counts a weight as read that takes no part in the forward pass.
    mutating func ignore(_ name: String) { unread.remove(name) }

    func fault(_ item: String, expected: String, got: String) -> CheckpointError {
        CheckpointError(path: origin, item: item, expected: expected, got: got)
    }

    /// - Throws: naming the weights that were not read.
    func finish(family: String) throws(CheckpointError) {
        guard let first = unread.min() else { return }
        let more = unread.sorted().prefix(5).joined(separator: ", ")
        throw fault(
            first, expected: "only weights of a \(family) UNet",
            got: unread.count == 1
                ? "an extra one of shape \(tensors[first]?.shape ?? [])"
                : "\(unread.count) extra ones: \(more)\(unread.count > 5 ? ", ..." : "")")
    }

    private func missing(_ name: String) -> CheckpointError {
        fault(name, expected: "a weight of this name", got: "none")
    }
}
