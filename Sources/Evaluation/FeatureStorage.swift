import Checkpoints
import Locking

/// Where the rows of a table are.
enum FeatureStorage: Sendable {
    case memory([Float], dimension: Int)
    case files(FeatureFiles)

    var dimension: Int {
        switch self {
        case .memory(_, let dimension): dimension
        case .files(let files): files.dimension
        }
    }

    func row(_ index: Int) throws(EvaluationError) -> ArraySlice<Float> {
        switch self {
        case .memory(let values, let dimension): values[index * dimension..<(index + 1) * dimension]
        case .files(let files): try files.rows(index..<index + 1)[...]
        }
    }

    func rows(_ range: Range<Int>) throws(EvaluationError) -> [Float] {
        switch self {
        case .memory(let values, let dimension):
            Array(values[range.lowerBound * dimension..<range.upperBound * dimension])
        case .files(let files): try files.rows(range)
        }
    }
}

/// Rows of features that stay in their files: safetensors files with one tensor each, [rows, dimension], as many rows
/// in each but the last. What was read of them is given back every so often, so that large sets take no more memory
/// than small ones.
final class FeatureFiles: Sendable {
    let dimension: Int
    let count: Int
    private let files: [SafetensorsFile]
    private let tensor: String
    private let rowsPerFile: Int
    private let read = Lock<Int>(0)

    /// Bytes that are read before they are given back: a row brings in pages about it as well, eight times its size.
    private static let mostRead = 1 << 22

    /// - Parameter files: at least one, with a tensor of this name and of two dimensions.
    init(_ files: [SafetensorsFile], tensor: String) {
        let shapes = files.map { $0.entry(tensor)?.shape ?? [0, 0] }
        (self.files, self.tensor) = (files, tensor)
        (rowsPerFile, dimension) = (max(shapes[0][0], 1), shapes[0][1])
        count = shapes.reduce(0) { $0 + $1[0] }
    }

    /// - Throws: `EvaluationError` where a file has become another one or cannot be read.
    func rows(_ range: Range<Int>) throws(EvaluationError) -> [Float] {
        var values: [Float] = [], row = range.lowerBound
        if range.count > 1 { values.reserveCapacity(range.count * dimension) }
        do {
            while row < range.upperBound {
                let file = row / rowsPerFile, first = row - file * rowsPerFile
                let taken = min(range.upperBound - row, rowsPerFile - first)
                let part = try files[file].floats(tensor, first * dimension..<(first + taken) * dimension)
                if values.isEmpty { values = part } else { values += part }
                row += taken
            }
        } catch {
            throw EvaluationError(error.path, expected: error.expected, got: error.got)
        }
        let isEnough = read.withLock { read in
            read += range.count * dimension * MemoryLayout<Float>.size
            guard read >= Self.mostRead else { return false }
            read = 0
            return true
        }
        if isEnough { for file in files { file.release() } }
        return values
    }
}
