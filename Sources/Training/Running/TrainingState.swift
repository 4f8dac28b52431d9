/// Everything that a run changes, and all that it needs to go on: every random draw is a function of the number of the
/// image.
public final class TrainingState {
    /// Images seen; the number of the next one.
    public internal(set) var images: Int
    /// Updates made.
    public internal(set) var steps: Int
    /// Flat, in the order of the network's parameters; all of the same count.
    public internal(set) var weights: [Float]
    var firstMoments: [Float], secondMoments: [Float]
    /// One for each average of the run, in the order of its settings.
    public internal(set) var averages: [[Float]]

    /// A run at its beginning: no moments, and the averages at the weights.
    init(weights: [Float], averages: Int) {
        (images, steps) = (0, 0)
        self.weights = weights
        firstMoments = [Float](repeating: 0, count: weights.count)
        secondMoments = firstMoments
        self.averages = Array(repeating: weights, count: averages)
    }

    /// A run that was saved.
    init(images: Int, steps: Int, weights: [Float], moments: ([Float], [Float]), averages: [[Float]]) {
        (self.images, self.steps, self.weights) = (images, steps, weights)
        (firstMoments, secondMoments) = moments
        self.averages = averages
    }
}
