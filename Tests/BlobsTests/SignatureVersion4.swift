import Bytes

/// What Amazon's signature of a request is, computed from its documentation ("Authenticating Requests: Using the
/// Authorization Header (AWS Signature Version 4)", section of S3's API reference), to hold libcurl's to.
struct SignatureVersion4 {
    var method: String
    /// As it stands in the request line.
    var path: String
    /// Sorted, as it stands in the request line; empty: none.
    var query = ""
    /// Of the signed fields, by names in lower case.
    var fields: [String: String]
    /// The SHA-256 of the body.
    var payload: String
    /// `20130524/us-east-1/s3/aws4_request`.
    var scope: String

    var signedFields: String { fields.keys.sorted().joined(separator: ";") }

    private var canonicalRequest: String {
        let lines = fields.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)\n" }.joined()
        return "\(method)\n\(path)\n\(query)\n\(lines)\n\(signedFields)\n\(payload)"
    }

    func signature(secret: String) -> String {
        let digest = Digest(of: canonicalRequest)
        let text = "AWS4-HMAC-SHA256\n\(fields["x-amz-date"] ?? "")\n\(scope)\n\(digest)"
        let key = scope.split(separator: "/").reduce(Array("AWS4\(secret)".utf8)) { key, part in
            MessageAuthentication.code(of: Array(part.utf8), key: key)
        }
        return Hexadecimal.encode(MessageAuthentication.code(of: Array(text.utf8), key: key))
    }
}
