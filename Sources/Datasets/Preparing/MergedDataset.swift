import Images

/// A set whose classes of too few images are one, as they are trained with.
struct MergedDataset: Dataset {
    private let dataset: any Dataset
    private let labelling: PreparedLabels

    /// - Throws: `DatasetError` as `PreparedLabels`.
    init(_ dataset: any Dataset, _ settings: DatasetSettings) throws(DatasetError) {
        self.dataset = dataset
        labelling = try PreparedLabels(dataset, among: Array(0..<dataset.count), settings)
    }

    var count: Int { dataset.count }
    var attributes: [DatasetAttribute] { labelling.attributes }
    var fingerprint: String? { dataset.fingerprint }
    var notes: [String] { dataset.notes }

    func labels(_ index: Int) -> DatasetLabels { labelling.labels(dataset.labels(index)) }
    func group(_ index: Int) -> String { dataset.group(index) }
    func name(_ index: Int) -> String { dataset.name(index) }
    func part(_ index: Int) -> DatasetPart? { dataset.part(index) }
    func pixels(_ index: Int) throws -> PixelImage { try dataset.pixels(index) }
}

extension DatasetSettings {
    /// Reads the set's tables and headers; its labels are those of a model that is trained with these settings, whose
    /// small classes may be merged. No class is refused.
    /// - Throws: `DatasetError` naming the file.
    public func openAsTrained() throws -> any Dataset {
        let dataset = try open()
        return smallClasses == .merge ? try MergedDataset(dataset, self) : dataset
    }
}
