/// A table of numbers in which each stands between *real against real* and *blurred real*.
public struct ScoreTable: Sendable, Equatable {
    /// What stands in a row.
    public struct Row: Sendable, Equatable {
        /// The number's name for people: `Kernel distance`.
        public var label: String
        /// What it means, in a line.
        public var meaning: String
        /// The number of the synthetic images against the held-out real ones. Its `name` is the key in `metrics`.
        public var synthetic: Score
        /// The same number of one half of the real images against the other, or of training images against held-out.
        public var realAgainstReal: Score?
        /// The same number of real images blurred by a Gaussian of sigma 1 pixel.
        public var blurredReal: Score?

        public init(
            _ label: String, meaning: String, synthetic: Score, realAgainstReal: Score? = nil,
            blurredReal: Score? = nil
        ) {
            self.label = label
            self.meaning = meaning
            self.synthetic = synthetic
            self.realAgainstReal = realAgainstReal
            self.blurredReal = blurredReal
        }
    }

    public var caption: String
    public var rows: [Row]

    public init(caption: String, rows: [Row]) {
        self.caption = caption
        self.rows = rows
    }
}

/// A table of texts: a confusion table, differences of the downstream experiment.
public struct ReportTable: Sendable, Equatable {
    public var caption: String
    /// Heads of the columns; the first is that of the rows' heads.
    public var columns: [String]
    /// Cells; the first of a row is its head. A row with fewer cells than columns ends in empty ones.
    public var rows: [[String]]

    public init(caption: String, columns: [String], rows: [[String]]) {
        self.caption = caption
        self.columns = columns
        self.rows = rows
    }
}
