import Numbers

/// The order of the images of a data set in each epoch: a keyed permutation, so that the image at any place is known
/// without the others.
///
/// A Feistel network of Philox over the next power of four, walked until it lands among the images (Black & Rogaway
/// 2002, "Ciphers with arbitrary finite domains", section 3).
public struct EpochOrder: Sendable {
    public let seed: UInt64
    /// Images of the data set, at least 1.
    public let count: Int

    public init(seed: UInt64, count: Int) { (self.seed, self.count) = (seed, count) }

    private static let rounds = 6

    /// The image that comes at `number` of the run, from 0: epoch number / count, place number % count.
    public func image(_ number: Int) -> Int {
        let epoch = UInt32(truncatingIfNeeded: number / count)
        var place = number % count
        repeat { place = permuted(place, epoch) } while place >= count
        return place
    }

    private var halfBits: Int {
        let bits = Int.bitWidth - max(1, count - 1).leadingZeroBitCount
        return (bits + 1) / 2
    }

    private func permuted(_ place: Int, _ epoch: UInt32) -> Int {
        let bits = halfBits, mask = UInt32(1) << UInt32(bits) - 1
        var left = UInt32(place >> bits), right = UInt32(place) & mask
        for round in 0..<Self.rounds {
            let key = NoiseKey(seed: seed, purpose: .trainingOrder, step: epoch, draw: UInt32(round))
            (left, right) = (right, left ^ (key.words(block: Int(right))[0] & mask))
        }
        return Int(left) << bits | Int(right)
    }
}
