/// The program itself.
public enum Program {
    /// The version that the command and the service tell, and `openapi.yaml`.
    public static let version = "0.1.0"
}
