/// A body of multipart/form-data.
struct Form {
    let type = "multipart/form-data; boundary=\"-- a b's boundary\""
    let body: [UInt8]

    init(_ parts: [String: [UInt8]]) { self.init(parts: parts.sorted { $0.key < $1.key }) }

    /// In this order, names that come several times among them.
    init(parts: [(key: String, value: [UInt8])]) {
        var body: [UInt8] = []
        for (name, content) in parts {
            body += Array("---- a b's boundary\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"x\"\r\n\r\n".utf8) + content + [13, 10]
        }
        self.body = body + Array("---- a b's boundary--\r\n".utf8)
    }
}
