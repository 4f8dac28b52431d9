import HTTPTypes

/// A response's head as bytes (RFC 9112 section 4), with the fields that belong to the connection.
package struct ResponseEncoder {
    /// How the end of a response body is marked.
    package enum Framing: Equatable {
        /// No body and no length: 1xx, 204, 304 (RFC 9110 section 8.6), or a HEAD answer of unknown length.
        case none
        case length(Int)
        case chunked
        /// The connection closes, the only way in HTTP/1.0 (RFC 9112 section 6.3 item 8).
        case untilClose
    }

    /// What of the request the answer depends on.
    package struct Context: Equatable {
        package var isHead = false
        package var version = HTTPVersion.http11
        package var isPersistent = true

        package init(isHead: Bool = false, version: HTTPVersion = .http11, isPersistent: Bool = true) {
            self.isHead = isHead
            self.version = version
            self.isPersistent = isPersistent
        }
    }

    package static func framing(_ response: Response, _ context: Context) -> Framing {
        let code = response.status.code
        if code < 200 || code == 204 || code == 304 { return .none }
        switch response.body {
        case .bytes(let bytes): return .length(bytes.count)
        case .stream(let stream):
            if let length = stream.length { return .length(length) }
            if context.isHead { return .none }
            return context.version == .http11 ? .chunked : .untilClose
        }
    }

    /// Fields that only the connection may set: two of them that disagree would be a smuggled response.
    private static let reserved: Set<HTTPField.Name> = [
        .contentLength, .transferEncoding, .connection, .date, .trailer, .upgrade,
        HTTPField.Name("Keep-Alive")!,  // a token
    ]

    package static func head(
        _ response: Response, framing: Framing, context: Context, closes: Bool, date: String
    ) -> [UInt8] {
        var text = "HTTP/1.1 \(response.status.code) "
        text += singleLine(response.status.reasonPhrase) + "\r\nDate: \(date)\r\n"
        switch framing {
        case .length(let length): text += "Content-Length: \(length)\r\n"
        case .chunked: text += "Transfer-Encoding: chunked\r\n"
        case .none, .untilClose: break
        }
        if closes {
            text += "Connection: close\r\n"
        } else if context.version == .http10 {
            text += "Connection: keep-alive\r\n"
        }
        var bytes = Array(text.utf8)
        for field in response.fields where !reserved.contains(field.name) {
            bytes += field.name.rawName.utf8
            bytes += ": ".utf8
            bytes += singleLine(field.value).utf8
            bytes += "\r\n".utf8
        }
        return bytes + "\r\n".utf8
    }

    /// swift-http-types already turns controls into spaces; a split response must not depend on that (RFC 9110 section
    /// 5.5).
    private static func singleLine(_ text: String) -> String {
        guard text.utf8.contains(where: Grammar.isForbiddenControl) else { return text }
        return String(decoding: text.utf8.map { Grammar.isForbiddenControl($0) ? Grammar.space : $0 }, as: UTF8.self)
    }

    /// One chunk (RFC 9112 section 7.1). An empty one would end the body, so it is nothing.
    package static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        var chunk: [UInt8] = []
        // Once for all: large pieces would be copied several times.
        chunk.reserveCapacity(bytes.count + 20)
        chunk += String(bytes.count, radix: 16).utf8
        chunk += "\r\n".utf8
        chunk += bytes
        chunk += "\r\n".utf8
        return chunk
    }

    package static let lastChunk = Array("0\r\n\r\n".utf8)

    /// RFC 9110 section 15.2.1.
    package static let interimContinue = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
}
