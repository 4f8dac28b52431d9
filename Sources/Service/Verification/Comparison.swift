import Images
import JSON

/// What a file and the image that its recipe makes have in common.
public struct Comparison: Sendable, Equatable {
    public struct Pixels: Sendable, Equatable {
        /// Pixels that differ in any channel; all of them where sizes, channels or depths differ.
        public let different: Int
        /// Pixels of the file.
        public let count: Int
        /// The largest difference of a sample, in the steps of the file's depth; nil where sizes, channels or depths differ.
        public let largestDifference: Int?

        init(_ file: PixelImage, _ made: PixelImage) {
            count = file.width * file.height
            guard (file.width, file.height, file.channels, file.bitDepth) == (made.width, made.height, made.channels, made.bitDepth) else {
                (different, largestDifference) = (count, nil)
                return
            }
            var (different, largest) = (0, 0)
            for pixel in stride(from: 0, to: file.samples.count, by: file.channels) {
                let differences = (pixel..<pixel + file.channels).map { abs(Int(file.samples[$0]) - Int(made.samples[$0])) }
                let most = differences.max() ?? 0
                if most > 0 { different += 1 }
                largest = max(largest, most)
            }
            (self.different, largestDifference) = (different, largest)
        }
    }

    public let pixels: Pixels
    /// What differs beside the pixels: keywords of PNG texts, or tags of DICOM elements. The compression does not count.
    public let metadata: [String]

    public var isEqual: Bool { pixels.different == 0 && metadata.isEmpty }

    /// One sentence for people.
    public var description: String {
        if isEqual { return "The recipe makes this very image." }
        var parts: [String] = []
        if pixels.different > 0 {
            let most = pixels.largestDifference.map { ", by at most \($0)" } ?? ": it has another size, depth or other channels"
            parts.append("\(pixels.different) of \(pixels.count) pixels differ from what the recipe makes\(most)")
        } else {
            parts.append("the pixels are those that the recipe makes")
        }
        if !metadata.isEmpty { parts.append("what stands beside them differs in \(metadata.joined(separator: ", "))") }
        let text = parts.joined(separator: "; ")
        return text.prefix(1).uppercased() + text.dropFirst() + "."
    }

    public var json: JSONObject {
        [
            "equal": .bool(isEqual),
            "pixels": [
                "equal": .bool(pixels.different == 0), "different": .integer(pixels.different), "count": .integer(pixels.count),
                "largest_difference": pixels.largestDifference.map { .integer($0) } ?? .null,
            ],
            "metadata": ["equal": .bool(metadata.isEmpty), "different": .array(metadata.map { .string($0) })],
            "detail": .string(description),
        ]
    }
}
