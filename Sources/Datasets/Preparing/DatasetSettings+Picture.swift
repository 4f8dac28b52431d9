import Images

extension DatasetSettings {
    /// One image of the set as a network of this shape takes it, in its own depth: opacity, channels and size as in
    /// training.
    /// - Throws: `DatasetError` naming the file.
    public func picture(_ index: Int, of dataset: any Dataset, shape: PixelShape) throws -> PixelImage {
        try shape.check()
        return try PixelTransform(shape: shape, filter: filter, fit: fit, colour: colour).apply(
            dataset.pixels(index), name: dataset.name(index))
    }
}
