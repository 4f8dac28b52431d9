/// The images of a run: those it is trained on, and others of other patients that only judge it.
public struct RunImages: Sendable {
    public var training: any TrainingImages

    /// Images that are never trained on; nil where there are none.
    public var heldOut: (any TrainingImages)?

    public init(training: any TrainingImages, heldOut: (any TrainingImages)? = nil) {
        (self.training, self.heldOut) = (training, heldOut)
    }
}
