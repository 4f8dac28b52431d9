/// What becomes of an image that is too near to one of training.
public enum CopyPolicy: String, Sendable, CaseIterable {
    /// Nothing is searched.
    case off
    /// It is said of the image.
    case flag
    /// The image is not given out, and not kept.
    case withhold
}
