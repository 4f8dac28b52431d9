import Bytes
import Dispatch
import Images
import Locking

/// Makes a cache: reads every image of a set, brings it into shape and appends it to the file.
struct PixelCacheWriter {
    let dataset: any Dataset
    let transform: PixelTransform
    let key: String
    let onError: DatasetSettings.Fault

    /// Images that are read at once, by all threads, before they are written in their order.
    private static let stretch = 128

    private enum Outcome: Sendable {
        case pending
        case samples([UInt16], bitDepth: Int)
        case failure(String)
    }

    /// An image of more than 8 bits among others: all get 16, and the writing begins anew.
    private struct DeeperImage: Error {}

    /// - Throws: `DatasetError` for an image that cannot be read, unless such are skipped, or for a full disk.
    func write(to path: String) throws {
        do { try write(to: path, bitDepth: 8) } catch is DeeperImage { try write(to: path, bitDepth: 16) }
    }

    private func write(to path: String, bitDepth: Int) throws {
        var file = try GrowingFile(path: path)
        var digest = Digest.Accumulator()
        var skipped: [SkippedImage] = []
        for start in stride(from: 0, to: dataset.count, by: Self.stretch) {
            let range = start..<min(start + Self.stretch, dataset.count)
            for (index, outcome) in zip(range, read(range)) {
                switch outcome {
                case .pending: break
                case .samples(let samples, let depth):
                    guard depth <= bitDepth else { throw DeeperImage() }
                    let bytes = Self.bytes(samples, depth: depth, stored: bitDepth)
                    digest.append(bytes)
                    try file.append(bytes)
                case .failure(let reason):
                    guard onError == .skip else { throw DatasetError.unreadable(reason) }
                    skipped.append(SkippedImage(index: index, reason: reason))
                }
            }
        }
        guard skipped.count < dataset.count else {
            throw DatasetError(
                path: path, expected: "an image that can be read", got: "\(skipped.count) that cannot",
                remedy: "the first: " + (skipped.first?.reason ?? "there is none"))
        }
        let header = PixelCache.Header(
            key: key, shape: transform.shape, bitDepth: bitDepth, images: [], skipped: skipped,
            digest: digest.digest.hexadecimal)
        try file.append(PixelCache.ending(header, count: dataset.count))
        try file.finish()
    }

    private func read(_ range: Range<Int>) -> [Outcome] {
        let outcomes = Lock([Outcome](repeating: .pending, count: range.count))
        DispatchQueue.concurrentPerform(iterations: range.count) { place in
            let outcome = read(range.lowerBound + place)
            outcomes.withLock { $0[place] = outcome }
        }
        return outcomes.withLock { $0 }
    }

    private func read(_ index: Int) -> Outcome {
        do {
            let picture = try transform.apply(try dataset.pixels(index), name: dataset.name(index))
            let area = picture.width * picture.height
            var planes = [UInt16](repeating: 0, count: picture.samples.count)
            for channel in 0..<picture.channels {
                for pixel in 0..<area {
                    planes[channel * area + pixel] = picture.samples[pixel * picture.channels + channel]
                }
            }
            return .samples(planes, bitDepth: picture.bitDepth)
        } catch { return .failure("\(error)") }
    }

    /// 8 bits among 16 are spread over their range.
    private static func bytes(_ samples: [UInt16], depth: Int, stored: Int) -> [UInt8] {
        if stored == 8 { return samples.map { UInt8(truncatingIfNeeded: $0) } }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * samples.count)
        for sample in samples { bytes.append(littleEndian: depth == 8 ? sample * 257 : sample) }
        return bytes
    }
}

extension DatasetError {
    /// A message that stands for itself, of an image that could not be read.
    static func unreadable(_ reason: String) -> DatasetError {
        DatasetError(
            path: "", item: reason, expected: "images that can be read", got: "this one",
            remedy: "\"on_error\": \"skip\" leaves such images out and lists them")
    }
}
