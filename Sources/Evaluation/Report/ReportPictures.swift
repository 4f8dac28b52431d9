import Images

/// A picture with what it shows.
public struct ReportPicture: Sendable, Equatable {
    public var image: PixelImage
    public var caption: String
    /// What somebody who cannot see the picture is told.
    public var alternative: String

    public init(_ image: PixelImage, caption: String, alternative: String) {
        self.image = image
        self.caption = caption
        self.alternative = alternative
    }
}

/// Real images beside synthetic ones of the same conditions.
public struct PictureComparison: Sendable, Equatable {
    /// Images of one condition.
    public struct Row: Sendable, Equatable {
        /// `finding = Cardiomegaly`, or `all`.
        public var condition: String
        public var real: [PixelImage]
        public var synthetic: [PixelImage]

        public init(condition: String, real: [PixelImage], synthetic: [PixelImage]) {
            self.condition = condition
            self.real = real
            self.synthetic = synthetic
        }
    }

    public var caption: String
    /// The most images a side that are shown of a condition; fewer where the report would grow too large.
    public static let mostImages = 12
    public var rows: [Row]

    public init(caption: String, rows: [Row]) {
        self.caption = caption
        self.rows = rows
    }
}

/// Generated images beside the training images that are nearest to them.
public struct PicturePairs: Sendable, Equatable {
    public struct Pair: Sendable, Equatable {
        public var generated: PixelImage
        public var nearest: PixelImage
        /// The copy score of the pair.
        public var score: Double
        /// Whether the score is beyond the threshold.
        public var isFlagged: Bool

        public init(generated: PixelImage, nearest: PixelImage, score: Double, isFlagged: Bool) {
            self.generated = generated
            self.nearest = nearest
            self.score = score
            self.isFlagged = isFlagged
        }
    }

    public var caption: String
    public var pairs: [Pair]

    public init(caption: String, pairs: [Pair]) {
        self.caption = caption
        self.pairs = pairs
    }
}
