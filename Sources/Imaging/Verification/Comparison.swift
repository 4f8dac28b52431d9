import Images
import JSON

/// What a file and the image that its recipe makes have in common.
public struct Comparison: Sendable, Equatable {
    public struct Pixels: Sendable, Equatable {
        /// Pixels that differ in any channel; all of them where sizes, channels or depths differ.
        public let different: Int
        /// Pixels of the file.
        public let count: Int
        /// The largest difference of a sample, in the steps of the file's depth; nil where sizes, channels or depths
        /// differ.
        public let largestDifference: Int?

        init(_ file: PixelImage, _ made: PixelImage) {
            count = file.width * file.height
            guard
                (file.width, file.height, file.channels, file.bitDepth) == (
                    made.width, made.height, made.channels, made.bitDepth
                )
            else {
                // Tools that make PNG smaller store grey without its copies in three channels, or 16 bits as 8 where
                // nothing is lost.
                let isSame = Self.shown(file).map { $0 == Self.shown(made) } ?? false
                (different, largestDifference) = isSame ? (0, 0) : (count, nil)
                return
            }
            var (different, largest) = (0, 0)
            for pixel in stride(from: 0, to: file.samples.count, by: file.channels) {
                let differences = (pixel..<pixel + file.channels).map {
                    abs(Int(file.samples[$0]) - Int(made.samples[$0]))
                }
                let most = differences.max() ?? 0
                if most > 0 { different += 1 }
                largest = max(largest, most)
            }
            (self.different, largestDifference) = (different, largest)
        }

        /// Red, green and blue of 16 bits, with the width; nil where pixels are transparent.
        private static func shown(_ image: PixelImage) -> [Int]? {
            guard image.isOpaque else { return nil }
            let scale = 65535 / image.maximum
            return [image.width] + image.inColour().samples.map { Int($0) * scale }
        }
    }

    public let pixels: Pixels
    /// What differs beside the pixels: keywords of PNG texts, or tags of DICOM elements. The compression does not
    /// count.
    public let metadata: [String]

    public var isEqual: Bool { pixels.different == 0 && metadata.isEmpty }

    /// One sentence for people.
    public var description: String {
        if isEqual { return "The recipe makes this very image." }
        let beside = metadata.joined(separator: ", ")
        guard pixels.different > 0 else {
            return
                """
                Same pixels, rewritten header: the pixels are those that the recipe makes; what stands beside \
                them differs in \(beside).
                """
        }
        let most =
            pixels.largestDifference.map { ", by at most \($0)" } ?? ": it has another size, depth or other channels"
        let text = "\(pixels.different) of \(pixels.count) pixels differ from what the recipe makes\(most)"
        return metadata.isEmpty ? "\(text)." : "\(text); what stands beside them differs in \(beside)."
    }

    public var json: JSONObject {
        [
            "equal": .bool(isEqual),
            "pixels": [
                "equal": .bool(pixels.different == 0), "different": .integer(pixels.different),
                "count": .integer(pixels.count),
                "largest_difference": pixels.largestDifference.map { .integer($0) } ?? .null,
            ],
            "metadata": ["equal": .bool(metadata.isEmpty), "different": .array(metadata.map { .string($0) })],
            "detail": .string(description),
        ]
    }
}
