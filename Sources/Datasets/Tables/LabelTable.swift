/// The labels of all images of a set, a few bytes each.
struct LabelTable: Sendable {
    let attributes: [DatasetAttribute]
    /// The columns of the attributes: the values of image i begin at `starts[i]` and end at `starts[i + 1]`.
    private let columns: [Column]

    struct Column: Sendable {
        var starts: [UInt32] = [0]
        var values: [UInt16] = []
    }

    /// No attribute at all.
    static let none = LabelTable(attributes: [], columns: [])

    fileprivate init(attributes: [DatasetAttribute], columns: [Column]) {
        (self.attributes, self.columns) = (attributes, columns)
    }

    /// Puts the columns of several builders beside each other; all have taken in as many images.
    init(_ builders: [LabelColumn]) throws(DatasetError) {
        var attributes: [DatasetAttribute] = [], columns: [Column] = []
        for builder in builders {
            let (attribute, column) = try builder.finished()
            attributes.append(attribute)
            columns.append(column)
        }
        (self.attributes, self.columns) = (attributes, columns)
    }

    func labels(_ index: Int) -> DatasetLabels {
        DatasetLabels(
            columns.map { column in
                column.values[Int(column.starts[index])..<Int(column.starts[index + 1])].map(Int.init)
            })
    }
}

/// Collects the values of one attribute, image by image, and gives each its number.
struct LabelColumn {
    let name: String
    let multiple: Bool
    /// The path of the table, for messages.
    private let path: String
    /// Values that are given; nil lets the images name them, and orders them by their bytes.
    private let given: [String]?
    private var places: [String: UInt16] = [:]
    private var words: [String] = []
    private var column = LabelTable.Column()

    /// Rows of the class table that one attribute may have.
    static let mostValues = 1000

    init(name: String, multiple: Bool = false, values: [String]? = nil, path: String) {
        (self.name, self.multiple, self.path, given) = (name, multiple, path, values)
        for value in values ?? [] {
            places[value] = UInt16(words.count)
            words.append(value)
        }
    }

    /// Takes in what is said of the next image; nothing of it is an unlabelled one.
    /// - Parameter place: of the image, for messages.
    mutating func append(_ values: [String], place: @autoclosure () -> String) throws(DatasetError) {
        guard multiple || values.count <= 1 else {
            throw DatasetError(
                path: path, item: place(), expected: "one value of \(name)", got: "\(values.count)",
                remedy: "declare the attribute as multiple")
        }
        var numbers: Set<UInt16> = []
        for value in values { numbers.insert(try number(of: value, place())) }
        column.values += numbers.sorted()
        column.starts.append(UInt32(column.values.count))
    }

    private mutating func number(of value: String, _ place: String) throws(DatasetError) -> UInt16 {
        if let known = places[value] { return known }
        guard given == nil else {
            throw DatasetError(
                path: path, item: place, expected: "one of the values of \(name), " + words.joined(separator: ", "),
                got: "\"\(value)\"")
        }
        guard words.count < Self.mostValues else {
            throw DatasetError(
                path: path, item: "attribute \(name)", expected: "at most \(Self.mostValues) values", got: "more",
                remedy: "choose a column of classes, not of numbers or names")
        }
        places[value] = UInt16(words.count)
        words.append(value)
        return places[value] ?? 0
    }

    /// The attribute with its values in their order, and the numbers in that order.
    fileprivate func finished() throws(DatasetError) -> (DatasetAttribute, LabelTable.Column) {
        guard !words.isEmpty else {
            throw DatasetError(
                path: path, item: "attribute \(name)", expected: "a value in some row", got: "empty fields alone")
        }
        let order = given ?? words.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let ranks = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, UInt16($0)) })
        let renumbered = words.map { ranks[$0] ?? 0 }
        var column = column
        for image in 0..<column.starts.count - 1 {
            let range = Int(column.starts[image])..<Int(column.starts[image + 1])
            column.values.replaceSubrange(range, with: column.values[range].map { renumbered[Int($0)] }.sorted())
        }
        return (DatasetAttribute(name: name, values: order, multiple: multiple), column)
    }
}
