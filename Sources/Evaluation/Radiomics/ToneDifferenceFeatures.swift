/// Features of the neighbouring grey-tone difference matrix (NGTDM): how far each level is from the mean of its
/// neighbours, eight or as many as there are (pyradiomics, `ngtdm.py`; IBSI, section 3.10).
struct ToneDifferenceFeatures {
    static let names = ["Busyness", "Coarseness", "Complexity", "Contrast", "Strength"]

    /// In the order of `names`.
    let values: [Double]

    /// A level that occurs: its share of the pixels, and the sum of its differences.
    private struct Tone {
        let level, share, difference: Double
    }

    init(_ grey: BinnedLevels) {
        let tones = Self.tones(grey), pixels = Double(grey.levels.count)
        let whole = tones.reduce(0) { $0 + $1.difference }
        let weighted = tones.reduce(0) { $0 + $1.share * $1.difference }
        var contrast = 0.0, spread = 0.0, complexity = 0.0, strength = 0.0
        for a in tones {
            for b in tones {
                let apart = a.level - b.level
                contrast += a.share * b.share * apart * apart
                spread += abs(a.level * a.share - b.level * b.share)
                complexity +=
                    abs(apart) * (a.share * a.difference + b.share * b.difference) / (a.share + b.share)
                strength += (a.share + b.share) * apart * apart
            }
        }
        let pairs = Double(tones.count * (tones.count - 1))
        values = [
            spread == 0 ? 0 : weighted / spread, weighted == 0 ? 1e6 : 1 / weighted, complexity / pixels,
            pairs == 0 ? 0 : contrast * whole / pixels / pairs, whole == 0 ? 0 : strength / whole,
        ]
    }

    private static func tones(_ grey: BinnedLevels) -> [Tone] {
        var differences = [Double](repeating: 0, count: grey.highest)
        for row in 0..<grey.height {
            for column in 0..<grey.width {
                let level = grey.levels[row * grey.width + column]
                var sum = -level, count = -1
                for y in max(row - 1, 0)...min(row + 1, grey.height - 1) {
                    for x in max(column - 1, 0)...min(column + 1, grey.width - 1) {
                        sum += grey.levels[y * grey.width + x]
                        count += 1
                    }
                }
                differences[level - 1] += abs(Double(level) - Double(sum) / Double(count))
            }
        }
        let counts = grey.counts, pixels = Double(grey.levels.count)
        return grey.present.map {
            Tone(level: Double($0), share: counts[$0 - 1] / pixels, difference: differences[$0 - 1])
        }
    }
}
