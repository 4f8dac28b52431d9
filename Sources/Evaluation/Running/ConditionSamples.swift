import Images

/// Pictures for the report: real images beside synthetic ones of the same conditions.
struct ConditionSamples {
    let real: ImageSet, synthetic: ImageSet

    /// Conditions that are shown at most, and images of each side.
    private static let mostConditions = 12, mostImages = 8

    /// A row a value of the first attribute that both sets have, or one row of all.
    /// - Throws: `DatasetError` for an image that cannot be read.
    func comparison() throws -> PictureComparison {
        let shared = real.attributes.firstIndex { attribute in
            synthetic.attributes.contains { $0.name == attribute.name }
        }
        var rows: [PictureComparison.Row] = []
        if let place = shared {
            let attribute = real.attributes[place]
            for value in attribute.values {
                let row = PictureComparison.Row(
                    condition: "\(attribute.name) = \(value)",
                    real: try pictures(of: real, attribute: attribute.name, value: value),
                    synthetic: try pictures(of: synthetic, attribute: attribute.name, value: value))
                if !row.real.isEmpty, !row.synthetic.isEmpty, rows.count < Self.mostConditions { rows.append(row) }
            }
        }
        if rows.isEmpty {
            rows = [
                .init(
                    condition: "all", real: try spread(Array(0..<real.count), of: real),
                    synthetic: try spread(Array(0..<synthetic.count), of: synthetic))
            ]
        }
        return PictureComparison(caption: "Held-out real images beside synthetic ones, not chosen", rows: rows)
    }

    private func pictures(of set: ImageSet, attribute name: String, value: String) throws -> [PixelImage] {
        guard let place = set.attributes.firstIndex(where: { $0.name == name }),
            let number = set.attributes[place].values.firstIndex(of: value)
        else { return [] }
        return try spread((0..<set.count).filter { set.labels($0)[place] == [number] }, of: set)
    }

    /// Some of these images, evenly spaced.
    private func spread(_ indices: [Int], of set: ImageSet) throws -> [PixelImage] {
        let count = min(indices.count, Self.mostImages)
        return try (0..<count).map { try set.picture(indices[$0 * indices.count / count]) }
    }
}
