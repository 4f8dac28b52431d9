/// Whether a run begins to copy its images: by the gap between held-out and training images in bits per dimension, and
/// by how often every image has been seen.
struct OverfittingWatch {
    let stop: StopSettings
    private var isWarnedOfGap = false, isWarnedOfEpochs = false

    /// Bits per dimension, and epochs, from which on a run is warned of.
    static let warningGap = 0.1, warningEpochs = 300.0

    init(_ stop: StopSettings) { self.stop = stop }

    /// What of a validation is told: a warning, once.
    mutating func warning(gap: Double?, epochs: Double) -> String? {
        if let gap, gap > Self.warningGap, !isWarnedOfGap {
            isWarnedOfGap = true
            return """
                held-out images are \(Self.rounded(gap)) bits per dimension worse than training images: the network \
                begins to learn its images by heart
                """
        }
        if epochs >= Self.warningEpochs, !isWarnedOfEpochs {
            isWarnedOfEpochs = true
            return "every image has been seen \(Int(epochs)) times: look out for copies (phantom evaluate --copies)"
        }
        return nil
    }

    /// Why the run is to end, if it is.
    func end(gap: Double?, epochs: Double) -> String? {
        if let gap, let limit = stop.gap, gap > limit {
            return "the gap of \(Self.rounded(gap)) bits per dimension is over stop/gap, \(limit)"
        }
        if let limit = stop.epochs, epochs >= Double(limit) { return "\(limit) epochs are over, as stop/epochs says" }
        return nil
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }
}
