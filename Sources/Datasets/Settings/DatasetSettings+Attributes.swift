extension DatasetSettings {
    /// The attributes that are asked for, of a kind that has certain ones.
    /// - Parameter standard: those taken where none is asked for.
    /// - Throws: `DatasetError` for one that the kind does not have.
    func attributeNames(among known: [String], standard: [String]) throws(DatasetError) -> [String] {
        if let given = attributes?.first(where: { !$0.isPlain }) {
            throw DatasetError(
                path: path, item: "attribute \(given.name)",
                expected: "its name alone, as kind \(kind.rawValue) has it",
                got: "an object that says more")
        }
        let names = attributes?.map(\.name) ?? standard
        if let unknown = names.first(where: { !known.contains($0) }) {
            throw DatasetError(
                path: path, item: "attribute \(unknown)",
                expected: "one of those of kind \(kind.rawValue), \(known.joined(separator: ", "))", got: unknown)
        }
        return names
    }
}
