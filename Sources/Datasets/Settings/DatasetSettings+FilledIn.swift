extension DatasetSettings {
    /// The settings with everything filled in that was found by looking at the set: its attributes, and of a folder
    /// the table, the columns and the values of each attribute in their order. What is opened by them later has the
    /// same class table, or is refused.
    /// - Parameter dataset: what these settings have opened.
    /// - Throws: `DatasetError` where the table has changed since.
    public func filledIn(for dataset: any Dataset) throws(DatasetError) -> DatasetSettings {
        var filled = self
        guard kind == .folder else {
            filled.attributes = dataset.attributes.map { AttributeSettings(name: $0.name) }
            return filled
        }
        let name = table ?? "labels.csv"
        let hasTable = table != nil || DatasetFiles.status("\(path)/\(name)") != nil
        if hasTable {
            let columns = try TableColumns(try CSVTable(path: "\(path)/\(name)"), self)
            filled.table = name
            filled.fileColumn = columns.table.header[columns.file]
            filled.groupColumn = columns.group.map { columns.table.header[$0] }
            filled.splitColumn = columns.split.map { columns.table.header[$0] }
        }
        filled.attributes = dataset.attributes.map { attribute in
            var settings = attributes?.first { $0.name == attribute.name } ?? AttributeSettings(name: attribute.name)
            // The folder that an image lies in, below those of the parts.
            if attributes == nil, !hasTable {
                settings.pattern = dataset.part(0) == nil ? "^([^/]+)/" : "^[^/]+/([^/]+)/"
            }
            (settings.multiple, settings.values) = (attribute.multiple, attribute.values)
            return settings
        }
        return filled
    }
}
