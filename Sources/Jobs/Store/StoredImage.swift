public struct StoredImage: Sendable {
    public var record: ImageRecord
    /// Name of the model that made it.
    public var model: String
    public var bytes: [UInt8]

    package init(record: ImageRecord, model: String, bytes: [UInt8]) {
        self.record = record
        self.model = model
        self.bytes = bytes
    }
}
