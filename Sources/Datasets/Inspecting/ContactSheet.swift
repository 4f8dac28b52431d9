import Images

/// The very pixels that a network will see, in one picture: a row for each value of the first attribute.
public struct ContactSheet: Sendable {
    public let picture: PixelImage
    /// What stands in each row, from above.
    public let rows: [String]

    private static let mostRows = 16
    private static let columns = 12

    /// - Parameters:
    ///   - side: pixels of the square images.
    ///   - channels: nil takes 1 where the first image is grey, else 3.
    /// - Throws: `DatasetError` for an image that cannot be shown, unless such are left out.
    public init(_ dataset: any Dataset, _ settings: DatasetSettings, side: Int, channels: Int?) throws {
        let channels =
            try channels ?? settings.first(of: dataset, among: 0..<dataset.count) { _, picture in picture.seenChannels }
        let shape = PixelShape(height: side, width: side, channels: channels)
        try shape.check()
        let transform = PixelTransform(
            shape: shape, filter: settings.filter, fit: settings.fit, colour: settings.colour)
        var names: [String] = [], images: [[PixelImage]] = []
        for (name, indices) in Self.choice(dataset) {
            names.append(name)
            images.append(try settings.pictures(indices, of: dataset, by: transform))
        }
        rows = names
        picture = try SheetDrawing(shape: shape, columns: Self.columns).picture(images)
    }

    /// For each value so many images, evenly spaced among its own.
    private static func choice(_ dataset: any Dataset) -> [(String, [Int])] {
        var rows: [(String, [Int])] = dataset.attributes.first?.values.map { ($0, []) } ?? []
        var others: [Int] = []
        for index in 0..<dataset.count {
            if let value = rows.isEmpty ? nil : dataset.labels(index)[0].first {
                rows[value].1.append(index)
            } else {
                others.append(index)
            }
        }
        if rows.isEmpty {
            let lines = min(8, (others.count + columns - 1) / columns)
            let spread = spaced(others, lines * columns)
            return stride(from: 0, to: spread.count, by: columns).map { start in
                ("all", Array(spread[start..<min(start + columns, spread.count)]))
            }
        }
        rows.append(("(unlabelled)", others))
        return rows.filter { !$0.1.isEmpty }.prefix(mostRows).map { ($0.0, spaced($0.1, columns)) }
    }

    /// So many of the indices, evenly spaced; all where there are no more.
    static func spaced(_ indices: [Int], _ count: Int) -> [Int] {
        guard indices.count > count else { return indices }
        return (0..<count).map { indices[$0 * indices.count / count] }
    }
}
