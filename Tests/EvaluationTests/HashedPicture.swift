import Images

/// Pictures made of whole numbers, the same as by `Tests/Fixtures/evaluation/make_pictures.py`.
enum HashedPicture {
    static func picture(_ seed: Int, height: Int, width: Int, channels: Int = 1, noise: Int) throws -> PixelImage {
        var samples: [UInt16] = []
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<channels {
                    let bands = 40 + (x * 3 + y * 5 + c * 20) % 160
                    let drawn = HashedFeatures.uniform(seed, (y * width + x) * channels + c)
                    samples.append(UInt16(min(max(bands + Int(drawn * Double(2 * noise + 1)) - noise, 0), 255)))
                }
            }
        }
        return try PixelImage(width: width, height: height, channels: channels, bitDepth: 8, samples: samples)
    }
}
