import HTTP
import JSON

// How ends of jobs are told.
extension ConfigurationLayer {
    func read(_ cursor: JSONCursor, into settings: inout WebhookSender.Settings?) throws(JSONMismatch) {
        try cursor.refuseMembers(otherThan: ConfigurationKey.members(of: "webhooks"))
        let given = try cursor.member("secret")
        guard var webhooks = try given.map(secret) ?? settings else {
            throw JSONMismatch(
                pointer: cursor.pointer(to: "secret"), expected: "the secret that deliveries are signed with",
                got: "nothing")
        }
        // What another layer has set beside the secret stays.
        if let settings, given != nil {
            let secret = webhooks.secret
            webhooks = settings
            webhooks.secret = secret
        }
        if let networks = try cursor.member("networks") { webhooks.targets.allowed = try read(proxies: networks) }
        let range = 0.01...86_400.0
        if let seconds = try cursor.member("first_retry") { webhooks.firstRetry = try seconds.double(in: range) }
        if let seconds = try cursor.member("longest_retry") { webhooks.longestRetry = try seconds.double(in: range) }
        settings = webhooks
    }

    private func secret(_ cursor: JSONCursor) throws(JSONMismatch) -> WebhookSender.Settings {
        // Not echoed.
        guard let secret = WebhookSecret(try cursor.string()) else {
            throw JSONMismatch(
                pointer: cursor.pointer, expected: "whsec_ and 24 to 64 random bytes in base64",
                got: "a string of another form")
        }
        return .init(secret: secret)
    }
}
