import Networks

/// An estimate of what one image of a training batch takes in memory: every value that the gradients need again.
enum ActivationEstimate {
    /// Bytes of one image.
    ///
    /// A resnet keeps about six maps of its width (input, two norms, two convolutions, gradients on the way back), an
    /// attention four more and its scores a row at a time; a level of the way up also keeps what it is joined with.
    static func bytes(_ configuration: UNetConfiguration, height: Int, width: Int) -> Int {
        var values = 0
        let channels = configuration.blockOutChannels
        for level in channels.indices {
            let map = max(1, height >> level) * max(1, width >> level) * channels[level]
            let layers = configuration.layersPerBlock[level]
            values += map * (6 * layers + 8 * (layers + 1))
            let attended = [configuration.downBlocks[level], configuration.upBlocks[channels.count - 1 - level]]
            values += map * 6 * layers * attended.count { $0.hasAttention }
        }
        return values * MemoryLayout<Float>.stride
    }
}
