import Bytes
import Images

extension DatasetSettings {
    /// The set as a network takes it, divided into what is trained on and what is held out.
    /// - Parameters:
    ///   - size: pixels of both sides of the square images.
    ///   - channels: 1 or 3.
    ///   - cache: the folder of prepared pixels, made where it is missing. A set is prepared once: its file there is
    ///     named by a digest of the set's files and of the transform.
    /// - Throws: `DatasetError` for a set that is not as it must be, an image that cannot be read, or a full disk.
    public func prepare(size: Int, channels: Int, cache: String) throws -> (
        training: PreparedDataset, validation: PreparedDataset
    ) {
        try prepare(shape: PixelShape(height: size, width: size, channels: channels), cache: cache)
    }

    /// The same for images of any shape.
    public func prepare(shape: PixelShape, cache: String) throws -> (
        training: PreparedDataset, validation: PreparedDataset
    ) {
        try prepare(try open(), shape: shape, cache: cache)
    }

    /// The same for a set that is open.
    public func prepare(_ dataset: any Dataset, shape: PixelShape, cache: String) throws -> (
        training: PreparedDataset, validation: PreparedDataset
    ) {
        let pixels = try pixels(of: dataset, shape: shape, cache: cache)
        let images = pixels.header.images
        let sides = try GroupSplit(validation: validation).sides(of: dataset, among: images, path: path)
        let labels = try PreparedLabels(dataset, among: images, self)
        let source = PreparedSource(dataset: dataset, labelling: labels, cache: pixels)
        let places = Dictionary(uniqueKeysWithValues: images.enumerated().map { ($1, $0) })
        func side(_ indices: [Int]) -> PreparedDataset {
            PreparedDataset(source, places: indices.compactMap { places[$0] })
        }
        return (side(sides.training), side(sides.validation))
    }

    /// The set's pixels in this shape, from the folder of caches, or made and put there.
    private func pixels(of dataset: any Dataset, shape: PixelShape, cache: String) throws -> PixelCache {
        try shape.check()
        let transform = PixelTransform(shape: shape, filter: filter, fit: fit, colour: colour)
        let source = dataset.fingerprint ?? "unknown \(UInt64.random(in: 0...UInt64.max))"
        let key = Digest(of: "\(source)\n\(transform.fingerprint)\n\(onError)").hexadecimal
        let file = "\(cache)/\(key.prefix(24)).pixels"
        if let found = PixelCache(path: file, key: key, shape: shape) { return found }
        try DatasetFiles.makeFolders(cache)
        try PixelCacheWriter(dataset: dataset, transform: transform, key: key, onError: onError).write(to: file)
        guard let made = PixelCache(path: file, key: key, shape: shape) else {
            throw DatasetError(path: file, expected: "the pixels just written", got: "something else")
        }
        if dataset.fingerprint == nil { GrowingFile.remove(file) }
        return made
    }
}
