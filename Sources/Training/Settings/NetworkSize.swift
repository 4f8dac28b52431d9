import Networks

/// About how large a network is, before any memory is taken for it.
enum NetworkSize {
    /// The parameters of the 3x3 convolutions, which are nearly all; never so many that they cannot be counted.
    static func parameters(_ configuration: UNetConfiguration) -> Int {
        var count = 0.0
        let channels = configuration.blockOutChannels.map { Double($0) }
        for (level, width) in channels.enumerated() {
            let below = channels[min(level + 1, channels.count - 1)]
            let layers = Double(configuration.layersPerBlock[level])
            // Two convolutions a resnet; on the way up the first takes the skip as well.
            count += 9 * width * (2 * layers * width + (layers + 1) * (width + below + width))
        }
        if case .table(let rows) = configuration.classEmbedding {
            count += Double(rows) * Double(configuration.timeEmbeddingDim)
        }
        return Int(min(count, 1e15))
    }
}
