import FoundationEssentials

/// Who asks: the names are those of Amazon's tools.
struct S3Credentials: Equatable {
    let key: String
    let secret: String
    /// Of credentials that are lent for a time.
    let token: String?

    /// - Parameters:
    ///   - file: in Amazon's form, of which the profile `default` counts; nil: the environment has them.
    ///   - environment: with `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where they are lent,
    ///     `AWS_SESSION_TOKEN`.
    /// - Throws: `unavailable`, without what is secret.
    static func read(
        file: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(BlobError) -> S3Credentials {
        guard let file else {
            return try checked(
                environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"],
                environment["AWS_SESSION_TOKEN"],
                missing: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a file in `images.credentials_file`")
        }
        guard let data = FileManager.default.contents(atPath: file), data.count < 1 << 16 else {
            throw .unavailable("credentials for the bucket of images: \(file) cannot be read")
        }
        let values = values(String(decoding: data, as: UTF8.self))
        return try checked(
            values["aws_access_key_id"], values["aws_secret_access_key"], values["aws_session_token"],
            missing: "\(file) needs [default], and under it aws_access_key_id = ... and aws_secret_access_key = ...")
    }

    private static func values(_ text: String) -> [String: String] {
        var values: [String: String] = [:], isDefault = false
        for line in text.split(whereSeparator: \.isNewline) {
            let line = trimmed(line)
            if line.hasPrefix("[") { isDefault = line == "[default]" }
            guard isDefault, let equals = line.firstIndex(of: "="), !line.hasPrefix("#") else { continue }
            values[trimmed(line[..<equals])] = trimmed(line[line.index(after: equals)...])
        }
        return values
    }

    private static func trimmed(_ text: Substring) -> String {
        let end = text.lastIndex { !$0.isWhitespace }
        return end.map { String(text[...$0].drop { $0.isWhitespace }) } ?? ""
    }

    private static func trimmed(_ text: String) -> String { trimmed(text[...]) }

    private static func checked(
        _ key: String?, _ secret: String?, _ token: String?, missing: String
    ) throws(BlobError) -> S3Credentials {
        guard let key, let secret, !key.isEmpty, !secret.isEmpty else {
            throw .unavailable("there are no credentials for the bucket of images: \(missing)")
        }
        // What goes into a header has no control characters; a key has a colon in no case.
        let texts = [key, secret, token ?? ""]
        guard texts.allSatisfy({ $0.utf8.allSatisfy { (0x21...0x7E).contains($0) } }), !key.contains(":") else {
            throw .unavailable("the credentials for the bucket of images have characters that none has")
        }
        return S3Credentials(key: key, secret: secret, token: token?.isEmpty == true ? nil : token)
    }
}
