import Images

/// The parts of another set's pictures, those of one picture behind each other: each has its picture's labels and
/// group.
struct CroppedDataset: Dataset {
    private let dataset: any Dataset
    private let crops: CropSettings
    /// Pixels of each picture.
    private let size: (width: Int, height: Int)
    private let places: [(x: Int, y: Int)]

    /// Takes the size of the first picture for that of all.
    ///
    /// - Parameter settings: whether pictures that cannot be read are left out.
    /// - Throws: `DatasetError` where the first picture cannot be read, is smaller than a part, or has too many.
    init(_ dataset: any Dataset, _ crops: CropSettings, _ settings: DatasetSettings) throws {
        (self.dataset, self.crops) = (dataset, crops)
        guard dataset.count > 0 else {
            (size, places) = ((0, 0), [])
            return
        }
        let (index, width, height) = try settings.first(of: dataset, among: 0..<dataset.count) { index, picture in
            (index, picture.width, picture.height)
        }
        size = (width, height)
        // One picture has at most so many parts as pixels lie a stride apart; counted before they are listed.
        let across = max(0, (width - crops.side) / crops.stride + 1)
        let down = max(0, (height - crops.side) / crops.stride + 1)
        guard width >= crops.side, height >= crops.side, across * down <= CropSettings.mostParts else {
            throw DatasetError(
                path: dataset.name(index), item: "crops of \(crops.side) pixels, \(crops.stride) apart",
                expected: "a picture that has 1 to \(CropSettings.mostParts) of them",
                got: "one of \(width) x \(height) pixels")
        }
        places = crops.places(width: width, height: height)
    }

    var count: Int { dataset.count * places.count }
    var attributes: [DatasetAttribute] { dataset.attributes }
    var notes: [String] {
        guard !places.isEmpty else { return dataset.notes }
        return dataset.notes + [
            "each of \(dataset.count) pictures is \(places.count) images of \(crops.side) x \(crops.side) pixels"
        ]
    }
    var fingerprint: String? {
        dataset.fingerprint.map { "\($0)\ncrops \(crops.side) \(crops.stride) of \(size.width) x \(size.height)" }
    }

    func labels(_ index: Int) -> DatasetLabels { dataset.labels(index / places.count) }
    func group(_ index: Int) -> String { dataset.group(index / places.count) }
    func part(_ index: Int) -> DatasetPart? { dataset.part(index / places.count) }

    func name(_ index: Int) -> String {
        let place = places[index % places.count]
        return "\(dataset.name(index / places.count)), part at (\(place.x), \(place.y))"
    }

    func pixels(_ index: Int) throws -> PixelImage {
        let picture = try dataset.pixels(index / places.count), place = places[index % places.count]
        guard picture.width == size.width, picture.height == size.height else {
            throw DatasetError(
                path: dataset.name(index / places.count), item: "crops",
                expected: "\(size.width) x \(size.height) pixels, as the first picture has them",
                got: "\(picture.width) x \(picture.height)", remedy: "bring all pictures to one size first")
        }
        return try picture.cropped(x: place.x, y: place.y, width: crops.side, height: crops.side)
    }
}
