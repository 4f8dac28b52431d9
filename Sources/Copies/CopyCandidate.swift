import Images

/// A picture that is searched for, in every view that a copy may be disguised as: shifted by up to 2 pixels either way,
/// and all of these in a mirror.
struct CopyCandidate: Sendable {
    /// Every view.
    let views: [Fingerprint]
    /// The detail of every view that the index is searched by: shifts of an even number of pixels.
    let searched: [[SIMD16<Float>]]
    /// The view as it is, and its mirror image, in coarse ranks.
    let coarse: [[SIMD16<Float>]]

    static let shift = 2

    /// - Returns: nil for a picture without detail, which is nobody's.
    /// - Throws: `ImageError` for a picture of more than 8192 pixels a side.
    init?(_ picture: PixelImage) throws {
        var (views, searched, coarse): ([Fingerprint], [[SIMD16<Float>]], [[SIMD16<Float>]]) = ([], [], [])
        try Self.forEachShift(of: picture.deepGrey()) { padded, box, shift in
            let side = GreyLevels.side
            let small = try padded.resized(height: side, width: side, filter: .box, box: box)
            guard let levels = GreyLevels(small.samples) else { return }
            for view in [levels, levels.mirrored] {
                guard let fingerprint = Fingerprint(view) else { continue }
                views.append(fingerprint)
                if shift.0.isMultiple(of: 2), shift.1.isMultiple(of: 2) { searched.append(fingerprint.soft) }
                if shift == (0, 0) { coarse.append(CoarseRanks.vector(view)) }
            }
        }
        guard !views.isEmpty else { return nil }
        (self.views, self.searched, self.coarse) = (views, searched, coarse)
    }

    /// The shifts of a grey picture: the picture with its outermost pixels repeated around it, the part of it that a
    /// shift shows, and the shift.
    static func forEachShift(
        of grey: PixelImage, _ body: (_ padded: PixelImage, _ box: PixelBox, _ shift: (Int, Int)) throws -> Void
    ) throws {
        // Of larger pictures a pixel is less than a third of a thumbnail's.
        let step = min(grey.width, grey.height) < 96 ? 1 : 2
        let padded = try grey.extended(by: shift)
        for down in stride(from: 0, through: 2 * shift, by: step) {
            for across in stride(from: 0, through: 2 * shift, by: step) {
                let box = PixelBox(
                    x: Double(across)...Double(across + grey.width), y: Double(down)...Double(down + grey.height))
                try body(padded, box, (down - shift, across - shift))
            }
        }
    }

    /// The best correlation of any view.
    func correlation(_ other: Fingerprint) -> Float {
        views.reduce(-1) { max($0, $1.correlation(other)) }
    }
}

extension PixelImage {
    /// The grey picture with its outermost pixels repeated around it.
    func extended(by margin: Int) throws(ImageError) -> PixelImage {
        let (wide, high) = (width + 2 * margin, height + 2 * margin)
        var extended: [UInt16] = []
        extended.reserveCapacity(wide * high)
        for row in 0..<high {
            let from = min(max(row - margin, 0), height - 1) * width
            for column in 0..<wide { extended.append(samples[from + min(max(column - margin, 0), width - 1)]) }
        }
        return try PixelImage(width: wide, height: high, channels: 1, bitDepth: bitDepth, samples: extended)
    }
}

/// Ranks of 16x16 blocks as a vector of mean 0 and length 1: the quick look at the outlines of a picture.
enum CoarseRanks {
    static let lanes = 16

    static func vector(_ levels: GreyLevels) -> [SIMD16<Float>] {
        let ranks = levels.ranks, side = GreyLevels.side
        var vector = [SIMD16<Float>](repeating: .zero, count: lanes)
        for row in 0..<side / 2 {
            for column in 0..<side / 2 {
                let at = 2 * row * side + 2 * column
                vector[row][column] = ranks[at] + ranks[at + 1] + ranks[at + side] + ranks[at + side + 1]
            }
        }
        let mean = vector.reduce(SIMD16<Float>.zero, +).sum() / 256
        for lane in 0..<lanes { vector[lane] -= mean }
        let length = Fingerprint.product(vector, vector).squareRoot()
        if length > 0 { for lane in 0..<lanes { vector[lane] /= length } }
        return vector
    }
}
