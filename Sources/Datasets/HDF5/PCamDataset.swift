import Images

/// PatchCamelyon (Veeling et al. 2018): for each part a file of patches `..._x.h5`, one of labels `..._y.h5`, perhaps
/// one of masks, and `..._meta.csv`, which names the slide.
struct PCamDataset: LabelledDataset {
    private let parts: [PCamPart]
    private let starts: [Int]
    let table: LabelTable
    private let groups: [String]
    private let usesSplit: Bool
    let fingerprint: String?
    let notes: [String]

    var count: Int { groups.count }
    func group(_ index: Int) -> String { groups[index] }
    func part(_ index: Int) -> DatasetPart? { usesSplit ? parts[place(index)].part : nil }

    func name(_ index: Int) -> String {
        let place = place(index)
        return "\(parts[place].path): x[\(index - starts[place])]"
    }

    func pixels(_ index: Int) throws -> PixelImage {
        let place = place(index)
        return try parts[place].picture(index - starts[place], name: name(index))
    }

    private func place(_ index: Int) -> Int {
        var place = 0
        while place + 1 < starts.count, starts[place + 1] <= index { place += 1 }
        return place
    }

    /// The set is a folder, or one file of patches with those beside it.
    /// - Throws: `DatasetError` for a folder without such files, or files that do not fit together.
    init(_ settings: DatasetSettings) throws(DatasetError) {
        let set = try DatasetFiles.ofSet(settings.path)
        let files = set.files.map { "\(set.folder)/\($0)" }
        let chosen = set.only.map { ["\(set.folder)/\($0)"] } ?? files
        if let packed = chosen.first(where: { $0.hasSuffix(".h5.gz") }) {
            throw DatasetError(
                path: packed, expected: "an HDF5 file", got: "one that is still gzipped", remedy: "gunzip \(packed)")
        }
        let pictures = chosen.filter { $0.hasSuffix("_x.h5") }
        guard !pictures.isEmpty else {
            throw DatasetError(path: settings.path, expected: "files of patches (..._x.h5)", got: "none")
        }
        let names = try settings.attributeNames(among: ["tumour"], standard: ["tumour"])
        var builders = names.map { LabelColumn(name: $0, values: ["no", "yes"], path: settings.path) }
        var parts: [PCamPart] = [], starts: [Int] = [], groups: [String] = [], notes: [String] = []
        for file in pictures {
            let part = try PCamPart(path: file, files: Set(files))
            starts.append(groups.count)
            for (place, label) in part.labels.enumerated() {
                for builder in builders.indices {
                    try builders[builder].append([label == 0 ? "no" : "yes"], place: "y[\(place)]")
                }
                groups.append(part.slides.isEmpty ? "\(file) \(place)" : part.slides[place])
            }
            if part.slides.isEmpty {
                notes.append("each patch of \(file) is a group of its own: no meta.csv names its slide")
            }
            parts.append(part)
        }
        (self.parts, self.starts, self.groups, self.notes) = (parts, starts, groups, notes)
        usesSplit = settings.usesSplit
        table = try LabelTable(builders)
        fingerprint = "pcam " + parts.map { $0.fingerprint }.joined(separator: " ")
    }
}
