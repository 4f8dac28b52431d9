import Imaging
import Training

/// The line that shows how far a run is: images, speed, epochs, and the time that is left; nothing where nobody looks.
struct TrainProgress {
    private let images: Int, setSize: Int
    private var seconds = 0.0, seen = 0.0, loss = 0.0
    private let isShown = Platform.standardErrorIsTerminal

    /// - Parameters:
    ///   - images: of the whole run.
    ///   - setSize: images of the data set.
    init(images: Int, setSize: Int) { (self.images, self.setSize) = (images, setSize) }

    /// Takes a step in. What is shown is a mean over the last hundred steps or so.
    mutating func note(_ outcome: StepOutcome, seconds: Double) {
        let keep = self.seconds == 0 ? 0 : 0.99
        self.seconds = keep * self.seconds + seconds
        seen = keep * seen + Double(outcome.losses.count)
        loss = keep == 0 ? outcome.loss : keep * loss + (1 - keep) * outcome.loss
        guard isShown else { return }
        let rate = seen / max(self.seconds, 1e-9), left = Double(max(0, images - outcome.images)) / max(rate, 1e-9)
        let epochs = Double(outcome.images) / Double(setSize)
        let line =
            "\(outcome.images)/\(images) images, \(Self.rounded(rate)) images/s, epoch \(Self.rounded(epochs)), "
            + "loss \((loss * 10000).rounded() / 10000), \(Self.time(left)) left"
        // To the end of the line, which the one before may have filled.
        Platform.writeToStandardError(Array("\r\(line)\u{1B}[K".utf8))
    }

    /// A line of its own.
    func say(_ text: String) {
        Platform.writeToStandardError(Array("\(isShown ? "\r\u{1B}[K" : "")\(text)\n".utf8))
    }

    /// Hours, minutes and seconds.
    static func time(_ seconds: Double) -> String {
        let whole = Int(min(seconds, 1e9).rounded())
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0 ? "\(hours) h \(minutes) min" : minutes > 0 ? "\(minutes) min \(rest) s" : "\(rest) s"
    }

    static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
