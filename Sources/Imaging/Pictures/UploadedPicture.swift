/// A picture that a request brings, wherever it stood in the body.
public enum UploadedPicture: Sendable {
    /// A file as it was sent.
    case file([UInt8])
    /// Something else stood in its place; what was expected there.
    case unreadable(String)
}
