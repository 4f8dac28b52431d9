/// Takes one attribute of each image from a field of its row, from its path, or from its folder's name.
struct AttributeReader {
    private enum Source {
        case field(Int, separator: String?)
        case path(PathPattern)
        case folder(depth: Int)
    }

    private let source: Source
    private(set) var column: LabelColumn

    /// The attributes of a folder with a table: those of the settings, else the column `label` where there is one.
    static func all(of settings: DatasetSettings, columns: TableColumns) throws(DatasetError) -> [AttributeReader] {
        let isLabelled = columns.table.header.contains("label")
        var readers: [AttributeReader] = []
        for attribute in settings.attributes ?? (isLabelled ? [AttributeSettings(name: "label")] : []) {
            if attribute.pattern != nil {
                readers.append(try AttributeReader(attribute, path: settings.path))
            } else {
                let place = try columns.table.column(attribute.column ?? attribute.name)
                let separator = attribute.multiple ? attribute.separator : nil
                readers.append(
                    AttributeReader(
                        .field(place, separator: separator), attribute, path: columns.table.path))
            }
        }
        return readers
    }

    private init(_ source: Source, _ attribute: AttributeSettings, path: String) {
        self.source = source
        column = LabelColumn(
            name: attribute.name, multiple: attribute.multiple, values: attribute.values, path: path)
    }

    /// An attribute that stands in the images' paths.
    /// - Throws: `DatasetError` where the settings give a column instead, and there is no table.
    init(_ attribute: AttributeSettings, path: String) throws(DatasetError) {
        guard let pattern = attribute.pattern else {
            throw DatasetError(
                path: path, item: "attribute \(attribute.name)", expected: "a pattern, as there is no table",
                got: "a column", remedy: "add labels.csv, or leave attributes out: the folders are the classes then")
        }
        self.init(
            .path(try PathPattern(pattern, field: "attribute \(attribute.name)")), attribute, path: path)
    }

    /// The attribute `class`: the name of the folder at the given depth.
    init(folderAt depth: Int, path: String) {
        self.init(.folder(depth: depth), AttributeSettings(name: "class"), path: path)
    }

    /// - Parameters:
    ///   - fields: those of the image's row, or the folders on the way to it.
    ///   - number: of the row, from 1 with the header; nil where there is no table.
    mutating func append(_ fields: [String], file: String, number: Int? = nil) throws(DatasetError) {
        let place = number.map { "row \($0)" } ?? file
        switch source {
        case .field(let index, let separator):
            let text = fields[index]
            let words = separator.map { Self.split(text, at: $0) } ?? (text.isEmpty ? [] : [text])
            try column.append(words, place: place)
        case .path(let pattern):
            try column.append(pattern.word(in: file).map { [$0] } ?? [], place: place)
        case .folder(let depth): try column.append([fields[depth]], place: place)
        }
    }

    /// The words between separators, without the spaces around them.
    static func split(_ text: String, at separator: String) -> [String] {
        text.split(separator: separator).map { word in
            String(word.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        }.filter { !$0.isEmpty }
    }
}
