/// What an S3 server says of a request that it did not do.
struct S3Fault {
    let status: Int
    /// Of the answer's XML, such as `NoSuchKey`; empty where there was none.
    let code: String
    let message: String

    init(_ answer: S3Answer) {
        let text = String(decoding: answer.body.prefix(8_192), as: UTF8.self)
        status = answer.status
        code = XMLText.values("Code", in: text).first.map(Self.plain) ?? ""
        message = XMLText.values("Message", in: text).first.map(Self.plain) ?? ""
    }

    /// Whether the same request may succeed a moment later.
    var isPassing: Bool { status >= 500 && !isOfSpace || status == 429 || status == 408 || code == "RequestTimeout" }
    var isOfSpace: Bool {
        status == 507 || ["XMinioStorageFull", "QuotaExceeded", "InsufficientCapacity"].contains(code)
    }
    /// Whether there is no such name; a bucket that is not there is another matter.
    var isAbsence: Bool { status == 404 && code != "NoSuchBucket" }

    var description: String {
        let said = [code, message].filter { !$0.isEmpty }.joined(separator: ": ")
        return "answered \(status)\(said.isEmpty ? "" : " \(said)")" + (wayOut.map { "; \($0)" } ?? "")
    }

    private var wayOut: String? {
        switch code {
        case "NoSuchBucket": "make the bucket, or mend `images.bucket`"
        case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken":
            "check the credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, or the file)"
        case "RequestTimeTooSkewed": "set this host's clock"
        case "AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException":
            "check `images.region` and `images.endpoint`"
        case _ where isOfSpace: "make room there"
        case _ where status == 403:
            "the credentials need s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket on the bucket"
        case _ where (300..<400).contains(status): "check `images.region`, `images.endpoint` and `images.path_style`"
        case _ where status == 404: "check `images.endpoint`, `images.bucket` and `images.path_style`"
        default: nil
        }
    }

    /// For a log: one line, not too long.
    private static func plain(_ text: Substring) -> String {
        String(String.UnicodeScalarView(text.prefix(200).unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }
}

/// The few values that are looked for in an answer.
enum XMLText {
    /// What stands in the elements of a name, in order.
    static func values(_ name: String, in text: String) -> [Substring] {
        var values: [Substring] = [], rest = text[...]
        while let start = rest.firstRange(of: "<\(name)>"),
            let end = rest[start.upperBound...].firstRange(of: "</\(name)>")
        {
            values.append(rest[start.upperBound..<end.lowerBound])
            rest = rest[end.upperBound...]
        }
        return values
    }
}
