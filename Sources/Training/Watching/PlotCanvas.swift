import Images

/// A white picture to draw lines and numbers on.
struct PlotCanvas {
    let width: Int, height: Int
    private var samples: [UInt16]

    /// Red, green and blue, 0 to 255.
    typealias Colour = (UInt16, UInt16, UInt16)

    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        samples = [UInt16](repeating: 255, count: 3 * width * height)
    }

    /// - Throws: `ImageError`, which the sizes of this program's plots do not bring about.
    func picture() throws(ImageError) -> PixelImage {
        try PixelImage(width: width, height: height, channels: 3, bitDepth: 8, samples: samples)
    }

    mutating func dot(_ x: Int, _ y: Int, _ colour: Colour) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        let place = 3 * (y * width + x)
        (samples[place], samples[place + 1], samples[place + 2]) = colour
    }

    /// Pixels from the corner beyond which nothing is drawn: lines are followed pixel by pixel.
    private static let farthest = 1e5

    /// A line two pixels high, so that it is seen; none to or from a place far beyond the picture.
    mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ colour: Colour) {
        guard [from.x, from.y, to.x, to.y].allSatisfy({ $0.magnitude < Self.farthest }) else { return }
        let steps = max(1, Int(max((to.x - from.x).magnitude, (to.y - from.y).magnitude).rounded(.up)))
        for step in 0...steps {
            let t = Double(step) / Double(steps)
            let x = Int((from.x + t * (to.x - from.x)).rounded()), y = Int((from.y + t * (to.y - from.y)).rounded())
            dot(x, y, colour)
            dot(x, y + 1, colour)
        }
    }

    /// Digits, points, minus signs and the letters of words below; other characters leave a gap.
    mutating func write(_ text: String, x: Int, y: Int, _ colour: Colour) {
        for (place, character) in text.enumerated() {
            guard let rows = Self.glyphs[character] else { continue }
            for (row, bits) in rows.enumerated() {
                for column in 0..<3 where bits >> (2 - column) & 1 == 1 {
                    for (dx, dy) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                        dot(x + 8 * place + 2 * column + dx, y + 2 * row + dy, colour)
                    }
                }
            }
        }
    }

    /// Five rows of three pixels each.
    private static let glyphs: [Character: [Int]] = [
        "0": [7, 5, 5, 5, 7], "1": [2, 6, 2, 2, 7], "2": [7, 1, 7, 4, 7], "3": [7, 1, 3, 1, 7], "4": [5, 5, 7, 1, 1],
        "5": [7, 4, 7, 1, 7], "6": [7, 4, 7, 5, 7], "7": [7, 1, 2, 2, 2], "8": [7, 5, 7, 5, 7], "9": [7, 5, 7, 1, 7],
        ".": [0, 0, 0, 0, 2], "-": [0, 0, 7, 0, 0], "a": [0, 7, 1, 7, 7], "b": [4, 4, 7, 5, 7], "d": [1, 1, 7, 5, 7],
        "e": [7, 5, 7, 4, 7], "g": [7, 5, 7, 1, 7], "h": [4, 4, 7, 5, 5], "i": [2, 0, 2, 2, 2], "l": [6, 2, 2, 2, 7],
        "m": [0, 5, 7, 7, 5], "n": [0, 7, 5, 5, 5], "o": [0, 7, 5, 5, 7], "r": [0, 7, 4, 4, 4], "s": [3, 4, 2, 1, 6],
        "t": [2, 7, 2, 2, 3], "u": [0, 5, 5, 5, 7], "k": [4, 5, 6, 5, 5], "p": [7, 5, 7, 4, 4], "/": [1, 1, 2, 4, 4],
    ]
}
