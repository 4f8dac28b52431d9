import Images

/// An image as radiomics sees it: its grey values, and the same in bins of a fixed width.
struct BinnedLevels {
    let width: Int
    let height: Int
    /// 0 to 255, row by row.
    let values: [Double]
    /// Number of each pixel's bin: value / 25 rounded down, counted from 1 at the bin of the smallest value
    /// (pyradiomics, `imageoperations.getBinEdges`).
    let levels: [Int]
    /// The levels that occur, rising.
    let present: [Int]

    /// Grey values of a bin.
    static let binWidth = 25

    /// - Parameter image: 8 bits; colours become grey by BT.601.
    /// - Throws: `EvaluationError` for other depths, and for images of less than 2x2 pixels.
    init(_ image: PixelImage) throws(EvaluationError) {
        guard image.bitDepth == 8, image.width >= 2, image.height >= 2 else {
            throw EvaluationError(
                "image for radiomic features", expected: "at least 2x2 pixels of 8 bits",
                got: "\(image.width)x\(image.height) of \(image.bitDepth) bits")
        }
        let grey: PixelImage
        do { grey = try image.luma().droppingAlpha() } catch {
            throw EvaluationError("image for radiomic features", expected: "grey or RGB", got: "\(error)")
        }
        width = image.width
        height = image.height
        values = grey.samples.map(Double.init)
        let bins = grey.samples.map { Int($0) / Self.binWidth }
        let lowest = bins.min() ?? 0
        levels = bins.map { $0 - lowest + 1 }
        present = Set(levels).sorted()
    }

    /// The highest level.
    var highest: Int { present.last ?? 1 }

    /// How many pixels have each level: at `level - 1`.
    var counts: [Double] {
        levels.reduce(into: [Double](repeating: 0, count: highest)) { $0[$1 - 1] += 1 }
    }

    /// Steps to the next pixel in the four directions of the plane, as (rows, columns).
    static let directions = [(0, 1), (1, 1), (1, 0), (1, -1)]

    func contains(_ row: Int, _ column: Int) -> Bool { (0..<height).contains(row) && (0..<width).contains(column) }
}
