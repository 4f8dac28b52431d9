import Images

/// Pictures of one shape that are taken one by one, and their groups.
public struct PictureSet: Sendable {
    public let count: Int
    /// The patient, subject or slide of each picture, where it is known.
    public let groups: [String]?
    /// The picture of a number in 0 ..< count.
    public let picture: @Sendable (Int) throws -> PixelImage

    public init(count: Int, groups: [String]? = nil, picture: @escaping @Sendable (Int) throws -> PixelImage) {
        (self.count, self.groups, self.picture) = (count, groups, picture)
    }

    /// Pictures in memory.
    public init(_ pictures: [PixelImage], groups: [String]? = nil) {
        self.init(count: pictures.count, groups: groups) { pictures[$0] }
    }
}
