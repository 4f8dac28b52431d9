/// Where a bucket is, and how it is asked.
public struct S3Settings: Sendable, Equatable {
    /// `https://s3.eu-central-1.amazonaws.com`, `http://localhost:9000`: scheme, host and port.
    public var endpoint: String
    public var bucket: String
    public var region: String
    /// Before all names; empty, or ends with a slash.
    public var prefix: String
    /// Whether the bucket is named in the path (`endpoint/bucket/...`) and not in the host (`bucket.endpoint/...`).
    public var pathStyle: Bool
    /// A file with the credentials; nil: they are in the environment.
    public var credentialsFile: String?

    public init(
        endpoint: String, bucket: String, region: String = "us-east-1", prefix: String = "", pathStyle: Bool = false
    ) {
        (self.endpoint, self.bucket, self.region) = (endpoint, bucket, region)
        (self.prefix, self.pathStyle) = (prefix, pathStyle)
    }

    /// What is wrong with one of these; nil: nothing. Names have no character that would have to be written otherwise
    /// in an address, so that there is one way only to sign it.
    public static func fault(ofEndpoint text: String) -> String? {
        let host = text.hasPrefix("https://") ? text.dropFirst(8) : text.hasPrefix("http://") ? text.dropFirst(7) : ""
        let isWhole = host.allSatisfy { isPlain($0) || ":[]".contains($0) }
        return !host.isEmpty && isWhole ? nil : "https://HOST or http://HOST, with a port if need be, without a path"
    }

    public static func fault(ofBucket text: String) -> String? {
        (3...63).contains(text.utf8.count) && text.allSatisfy(isPlain)
            ? nil : "the name of a bucket: 3 to 63 letters, digits, dots and hyphens"
    }

    public static func fault(ofRegion text: String) -> String? {
        (1...64).contains(text.utf8.count) && text.allSatisfy { isPlain($0) && $0 != "." }
            ? nil : "the name of a region, such as eu-central-1"
    }

    public static func fault(ofPrefix text: String) -> String? {
        let isWhole = text.utf8.count <= 512 && text.allSatisfy { isPlain($0) || "/_".contains($0) }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let isOfNames = !parts.dropLast().contains { ["", ".", ".."].contains($0) }
        return isWhole && isOfNames && parts.last == ""
            ? nil : "nothing, or names of letters, digits, '.', '-' and '_', each followed by a slash"
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || character == "." || character == "-")
    }

    /// The address of what has a name.
    func url(of key: String) -> String {
        guard !pathStyle, let end = endpoint.firstRange(of: "://") else { return "\(endpoint)/\(bucket)/\(key)" }
        return "\(endpoint[..<end.upperBound])\(bucket).\(endpoint[end.upperBound...])/\(key)"
    }
}
