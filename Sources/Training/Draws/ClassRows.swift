import Datasets

/// The rows of the class table: first the values of the attributes, then the null row, then those of augmentation,
/// which the exported network does not have.
public struct ClassRows: Sendable, Equatable {
    public let attributes: [DatasetAttribute]
    /// Rows that only training has, one for each parameter of the non-leaky augmentation.
    public let augmentationRows: Int

    public init(attributes: [DatasetAttribute], augmentationRows: Int) {
        (self.attributes, self.augmentationRows) = (attributes, augmentationRows)
    }

    /// The row of images without labels, and of guidance; nil where the model is asked for nothing.
    public var null: Int? { attributes.isEmpty ? nil : attributeRows }

    private var attributeRows: Int { attributes.reduce(0) { $0 + $1.values.count } }

    /// Rows of the exported table; 0 for none.
    public var exported: Int { attributes.isEmpty ? 0 : attributeRows + 1 }

    /// Rows of the table in training; 0 for none.
    public var trained: Int { exported + augmentationRows }

    /// The rows of a set of labels; the null row where there are none.
    func rows(_ labels: DatasetLabels) -> [(row: Int, coefficient: Float)] {
        guard let null else { return placeholder }
        var (rows, first): ([(row: Int, coefficient: Float)], Int) = ([], 0)
        for (attribute, values) in zip(attributes, labels.values) {
            for value in values { rows.append((first + value, 1)) }
            first += attribute.values.count
        }
        if rows.isEmpty { rows.append((null, 1)) }
        return rows
    }

    /// The null row, as where the labels are dropped.
    var nullRows: [(row: Int, coefficient: Float)] {
        if let null { [(null, 1)] } else { placeholder }
    }

    /// Of a table that holds augmentation alone, a row that adds nothing: a network with a table is shown some row.
    private var placeholder: [(row: Int, coefficient: Float)] { augmentationRows > 0 ? [(0, 0)] : [] }

    /// Rows with the coefficients of augmentation parameters, of which those at 0 are left out.
    func adding(_ parameters: [Float], to rows: [(row: Int, coefficient: Float)]) -> [(row: Int, coefficient: Float)] {
        let told = parameters.indices.filter { parameters[$0] != 0 }
        return rows + told.map { (row: exported + $0, coefficient: parameters[$0]) }
    }
}
