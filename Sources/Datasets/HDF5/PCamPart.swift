import Images
import Locking

/// The patches of one file with what stands beside them.
struct PCamPart: Sendable {
    let path: String
    /// The part of the split that the file's name says.
    let part: DatasetPart?
    /// 0 or 1 of each patch.
    let labels: [UInt16]
    /// The slide of each patch; none where no table names them.
    let slides: [String]
    let shape: [Int]
    let fingerprint: String
    private let blocks = PCamBlocks()

    /// - Parameter files: all that lie in the folder.
    /// - Throws: `DatasetError` for files that do not fit together.
    init(path: String, files: Set<String>) throws(DatasetError) {
        self.path = path
        let stem = String(path.dropLast("_x.h5".count))
        let words = stem.split { !$0.isLetter }.map(String.init)
        part = words.last.flatMap { DatasetPart(word: $0) }
        let shape = try LibHDF5.alone { () throws(DatasetError) -> [Int] in
            let file = try HDF5File(path: path)
            return try file.array("x").shape
        }
        guard shape.count == 4, shape[3] == 3 || shape[3] == 1, (1...8192).contains(shape[1]),
            (1...8192).contains(shape[2]), shape[0] > 0
        else {
            throw DatasetError(
                path: path, item: "x", expected: "patches [N, height, width, 3]", got: "\(shape)")
        }
        self.shape = shape
        guard files.contains(stem + "_y.h5") else {
            throw DatasetError(
                path: stem + "_y.h5", expected: "the labels beside \(path.split(separator: "/").last ?? "")",
                got: "no such file")
        }
        labels = try Self.labels(stem + "_y.h5", count: shape[0])
        try Self.checkMasks(stem + "_mask.h5", shape: shape, files)
        let table = stem + "_meta.csv"
        slides = files.contains(table) ? try Self.slides(table, count: shape[0], labels: labels) : []
        fingerprint = [path, stem + "_y.h5", table].map { DatasetFiles.status($0)?.fingerprint ?? "" }
            .joined(separator: ";")
    }

    private static func labels(_ path: String, count: Int) throws(DatasetError) -> [UInt16] {
        try LibHDF5.alone { () throws(DatasetError) -> [UInt16] in
            let file = try HDF5File(path: path)
            let array = try file.array("y")
            guard array.shape[0] == count, array.shape.allSatisfy({ $0 == 1 || $0 == count }),
                array.shape.reduce(1, *) == count
            else {
                throw DatasetError(
                    path: path, item: "y", expected: "[\(count), 1, 1, 1], one label a patch", got: "\(array.shape)")
            }
            let labels = try array.rows(0..<count)
            if let place = labels.firstIndex(where: { $0 > 1 }) {
                throw DatasetError(path: path, item: "y[\(place)]", expected: "0 or 1", got: "\(labels[place])")
            }
            return labels
        }
    }

    /// Masks are not used, but if they are there they have to be of these patches.
    private static func checkMasks(_ path: String, shape: [Int], _ files: Set<String>) throws(DatasetError) {
        guard files.contains(path) else { return }
        try LibHDF5.alone { () throws(DatasetError) in
            let file = try HDF5File(path: path)
            let masks = try file.array("mask").shape
            guard masks.starts(with: shape.prefix(3)) else {
                throw DatasetError(path: path, item: "mask", expected: "\(shape.prefix(3)) as x", got: "\(masks)")
            }
        }
    }

    private static func slides(_ path: String, count: Int, labels: [UInt16]) throws(DatasetError) -> [String] {
        let table = try CSVTable(path: path)
        let column = try table.column("wsi")
        guard table.rows.count == count else {
            throw DatasetError(path: path, expected: "\(count) rows, one a patch", got: "\(table.rows.count)")
        }
        return table.rows.map { $0[column] }
    }

    /// Patch `index` as stored: 8 or 16 bits.
    func picture(_ index: Int, name: String) throws -> PixelImage {
        let block = try blocks.block(of: index, path: path, shape: shape)
        let size = shape.dropFirst().reduce(1, *)
        let start = (index - block.start) * size
        return try PixelImage(
            width: shape[2], height: shape[1], channels: shape[3], bitDepth: block.bitDepth,
            samples: Array(block.values[start..<start + size]))
    }
}

/// The patches that were read last: neighbours lie in one chunk, which is unpacked as a whole.
final class PCamBlocks: Sendable {
    struct Block: Sendable {
        let start: Int
        let bitDepth: Int
        let values: [UInt16]
    }

    /// Samples read at once, or one patch where that has more.
    private static let mostSamples = 1 << 21
    private let last = Lock<Block?>(nil)

    /// The block that patch `index` is in.
    func block(of index: Int, path: String, shape: [Int]) throws(DatasetError) -> Block {
        let length = max(1, Self.mostSamples / shape.dropFirst().reduce(1, *))
        let start = index / length * length
        if let kept = last.withLock({ $0 }), kept.start == start { return kept }
        let block = try LibHDF5.alone { () throws(DatasetError) -> Block in
            let file = try HDF5File(path: path)
            let array = try file.array("x")
            guard array.shape == shape else {
                throw DatasetError(path: path, item: "x", expected: "\(shape), as when opened", got: "\(array.shape)")
            }
            let values = try array.rows(start..<min(start + length, shape[0]))
            return Block(start: start, bitDepth: array.size * 8, values: values)
        }
        last.withLock { $0 = block }
        return block
    }
}
