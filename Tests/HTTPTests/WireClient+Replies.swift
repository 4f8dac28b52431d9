import Wire

extension WireClient {
    /// Reads until `count` whole responses are there.
    func replies(_ count: Int) throws -> [Reply] {
        var bytes: [UInt8] = []
        while true {
            if let replies = try? Reply.all(bytes), replies.count >= count { return replies }
            let more = try read()
            if more.isEmpty { return try Reply.all(bytes) }
            bytes += more
        }
    }
}
