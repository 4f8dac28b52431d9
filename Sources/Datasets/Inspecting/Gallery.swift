import Images

/// Real images beside synthetic ones that show the same: a row for each condition of the synthetic set.
public struct Gallery: Sendable {
    public let picture: PixelImage
    /// What stands in each row, from above, such as `view=PA, finding=abnormal`.
    public let rows: [String]

    private static let mostRows = 64

    /// What is laid out, and how.
    public struct Layout: Sendable {
        /// Images of a row on either side, 1 to 64.
        public var columns = 6
        /// Pixels of a side of each image.
        public var side = 64
        /// Times that each pixel is repeated in both directions, 1 to 16.
        public var enlargement = 1

        public init() {}
    }

    /// - Parameters:
    ///   - real: a labelled set; of those images that show what a row shows, so many, evenly spaced.
    ///   - settings: how images are brought to the size, and whether those that cannot be read are left out.
    ///   - synthetic: has attributes of the same names; its combinations of values make the rows.
    /// - Throws: `DatasetError` where the synthetic set says nothing of its images, its attributes are not the real
    ///   set's, no real image shows what it shows, or an image cannot be shown and is not left out; `ImageError` for a
    ///   picture that would be too large.
    public init(
        real: any Dataset, settings: DatasetSettings, synthetic: any Dataset, layout: Layout
    ) throws {
        let conditions = try Self.conditions(synthetic, real)
        let channels = try settings.first(of: synthetic, among: 0..<synthetic.count) { _, picture in
            picture.seenChannels
        }
        let shape = PixelShape(height: layout.side, width: layout.side, channels: channels)
        try shape.check()
        let transform = PixelTransform(
            shape: shape, filter: settings.filter, fit: settings.fit, colour: settings.colour)
        let drawing = SheetDrawing(
            shape: shape, columns: 2 * layout.columns, enlargement: layout.enlargement, division: layout.columns)
        _ = try drawing.size(rows: conditions.count)
        func images(_ dataset: any Dataset, _ condition: [String: Set<String>]) throws -> [PixelImage?] {
            let found = (0..<dataset.count).filter { Self.shows(condition, dataset, $0) }
            let chosen = ContactSheet.spaced(found, layout.columns)
            let made = try settings.pictures(chosen, of: dataset, by: transform)
            return made + Array(repeating: nil, count: layout.columns - made.count)
        }
        rows = conditions.map { condition in
            synthetic.attributes.compactMap { attribute in
                condition[attribute.name].map { "\(attribute.name)=\($0.sorted().joined(separator: "+"))" }
            }.joined(separator: ", ")
        }
        picture = try drawing.picture(conditions.map { try images(real, $0) + images(synthetic, $0) })
    }

    /// The combinations of values that the synthetic set shows, in the order of its images.
    private static func conditions(_ synthetic: any Dataset, _ real: any Dataset) throws -> [[String: Set<String>]] {
        let names = Set(real.attributes.map(\.name))
        for attribute in synthetic.attributes where !names.contains(attribute.name) {
            throw DatasetError(
                path: synthetic.name(0), expected: "attributes of the real set (\(names.sorted()))",
                got: "\(attribute.name)")
        }
        var conditions: [[String: Set<String>]] = []
        for index in 0..<synthetic.count {
            let condition = labels(synthetic, index)
            if !condition.isEmpty, !conditions.contains(condition) { conditions.append(condition) }
            // What every image has of its own is no condition: no need to see how many there are.
            if conditions.count > mostRows { break }
        }
        guard (1...mostRows).contains(conditions.count) else {
            throw DatasetError(
                path: synthetic.name(0), expected: "1 to \(mostRows) combinations of labels",
                got: conditions.count > mostRows ? "more" : "\(conditions.count)")
        }
        guard (0..<real.count).contains(where: { place in conditions.contains { shows($0, real, place) } }) else {
            throw DatasetError(
                path: synthetic.name(0), expected: "a combination of labels that a real image shows", got: "none",
                remedy: "name attributes that mean the same in both sets")
        }
        return conditions
    }

    private static func labels(_ dataset: any Dataset, _ index: Int) -> [String: Set<String>] {
        var found: [String: Set<String>] = [:]
        for (attribute, values) in zip(dataset.attributes, dataset.labels(index).values) where !values.isEmpty {
            found[attribute.name] = Set(values.map { attribute.values[$0] })
        }
        return found
    }

    private static func shows(_ condition: [String: Set<String>], _ dataset: any Dataset, _ index: Int) -> Bool {
        let found = labels(dataset, index)
        return condition.allSatisfy { name, values in found[name] == values }
    }
}
