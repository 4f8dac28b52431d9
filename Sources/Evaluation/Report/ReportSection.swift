/// A part of a report under a heading of its own.
public struct ReportSection: Sendable, Equatable {
    public var heading: String
    /// What the part is about, in a sentence or two; may be empty.
    public var introduction: String
    public var blocks: [ReportBlock]

    public init(_ heading: String, introduction: String = "", blocks: [ReportBlock]) {
        self.heading = heading
        self.introduction = introduction
        self.blocks = blocks
    }
}

/// One thing in a section.
public enum ReportBlock: Sendable, Equatable {
    /// Plain sentences.
    case text(String)
    /// Something that the reader must not overlook: shared patients, too few images.
    case warning(String)
    /// Numbers between the two that give them meaning.
    case scores(ScoreTable)
    /// Any other table.
    case table(ReportTable)
    /// Real images beside synthetic ones, condition by condition.
    case comparison(PictureComparison)
    /// Generated images beside the training images nearest to them.
    case pairs(PicturePairs)
    /// A picture by itself.
    case picture(ReportPicture)
    /// How often values occur.
    case histogram(HistogramChart)
    /// Lines over an axis.
    case curves(CurveChart)
}
