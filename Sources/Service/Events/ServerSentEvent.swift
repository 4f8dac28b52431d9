import JSON

/// The text of a stream of events (HTML Living Standard, section 9.2.6).
package enum ServerSentEvent {
    /// One event. An event without an id leaves the client's `Last-Event-ID` as it is.
    package static func text(_ name: String, id: EventID? = nil, _ data: JSONObject) -> [UInt8] {
        var text = id.map { Array("id: \($0.text)\n".utf8) } ?? []
        text += Array("event: \(name)\ndata: ".utf8)
        // The writer puts no line ends between members, and escapes those within strings.
        text += data.serialized()
        return text + Array("\n\n".utf8)
    }

    /// What clients skip: it shows them, and the proxies between, that the connection lives.
    package static let comment = Array(":\n\n".utf8)

    /// How long clients are to wait before they connect anew.
    package static func retry(milliseconds: Int) -> [UInt8] { Array("retry: \(milliseconds)\n\n".utf8) }
}
