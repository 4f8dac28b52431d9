import Numbers

/// The random numbers of one image of a run: functions of seed, purpose and the image's number, so that a run that was
/// interrupted draws what it would have drawn.
struct ImageDraws: Sendable {
    let seed: UInt64
    /// The image's number in the run, from 0.
    let number: Int

    /// Standard normal numbers: the noise that is added to the image.
    func noise(count: Int) -> [Float] { key(.training).normals(count: count) }

    /// Where in its slice of probability the image's time lies, in (0, 1).
    var time: Double { Self.uniform(key(.trainingTime).words()[0]) }

    /// A number in (0, 1) that decides whether the image loses its labels.
    var labels: Double { Self.uniform(key(.trainingLabels).words()[0]) }

    /// Four numbers in (0, 1) of draw `index` for the image's warp.
    func warp(_ index: Int) -> [Double] {
        let words = key(.trainingWarp).words(block: index)
        return (0..<4).map { Self.uniform(words[$0]) }
    }

    /// The key of the dropout of this image's row.
    var dropoutKey: UInt64 {
        let words = key(.trainingDropout).words()
        return UInt64(words[0]) | UInt64(words[1]) << 32
    }

    private func key(_ purpose: NoiseKey.Purpose) -> NoiseKey {
        NoiseKey(
            seed: seed, purpose: purpose, step: UInt32(truncatingIfNeeded: number),
            draw: UInt32(truncatingIfNeeded: number >> 32))
    }

    /// Strictly between 0 and 1.
    private static func uniform(_ word: UInt32) -> Double { (Double(word) + 0.5) * 0x1p-32 }
}
