import Bytes
import JSON
import Jobs

// Who has a token, and what it allows. Nothing here repeats what it got: somebody may have put the token itself there.
extension ConfigurationLayer {
    /// - Parameter known: what the layers below say. Each of the two keys is overridden by itself.
    func read(auth: JSONCursor, over known: Configuration.Auth) throws(JSONMismatch) -> Configuration.Auth {
        if auth.value == .string("none") { return .none }
        let expected =
            "{\"tokens\": [...]} with a name, the SHA-256 digest and the scopes of each token "
            + "(or {\"tokens_sha256\": [...]} with digests only), or \"none\" to serve anybody"
        guard auth.value.object != nil else { throw auth.mismatch(expected: expected) }
        try auth.refuseMembers(otherThan: ConfigurationKey.members(of: "auth"))
        guard auth.value["tokens"] != nil || auth.value["tokens_sha256"] != nil else {
            throw auth.mismatch(expected: expected)
        }
        var tokens: [AccessToken] = []
        if case .tokens(let below) = known { tokens = below }
        if auth.value["tokens_sha256"] != nil {
            tokens.removeAll(where: \.isNameless)
            try read(digests: auth.required("tokens_sha256"), into: &tokens)
        }
        if auth.value["tokens"] != nil {
            tokens.removeAll { !$0.isNameless }
            try read(tokens: auth.required("tokens"), into: &tokens)
        }
        return .tokens(tokens)
    }

    private func read(digests: JSONCursor, into tokens: inout [AccessToken]) throws(JSONMismatch) {
        for element in try digests.elements(count: 1...10_000) {
            let token = AccessToken(digest: try digest(element))
            // One that is listed twice is one.
            if tokens.contains(token) { continue }
            try add(token, to: &tokens, name: element, digest: element)
        }
    }

    private func read(tokens cursor: JSONCursor, into tokens: inout [AccessToken]) throws(JSONMismatch) {
        for element in try cursor.elements(count: 1...10_000) {
            guard element.value.object != nil else {
                throw hidden(element, expected: "an object with name, sha256 and scopes")
            }
            try element.refuseMembers(otherThan: ["name", "sha256", "scopes", "quota"])
            let (name, sum) = (try element.required("name"), try element.required("sha256"))
            guard case let text = try name.string(), AccessToken.isName(text) else {
                throw hidden(name, expected: AccessToken.nameExpectation)
            }
            let quota = try element.member("quota").map { cursor throws(JSONMismatch) in try read(quota: cursor) }
            let token = AccessToken(
                name: text, digest: try digest(sum), scopes: try read(scopes: element.required("scopes")),
                quota: quota ?? JobQuota())
            try add(token, to: &tokens, name: name, digest: sum)
        }
    }

    private func add(
        _ token: AccessToken, to tokens: inout [AccessToken], name: JSONCursor, digest: JSONCursor
    ) throws(JSONMismatch) {
        if tokens.contains(where: { $0.name == token.name }) {
            throw JSONMismatch(
                pointer: name.pointer, expected: "a name that no other token has", got: "that of another")
        }
        if tokens.contains(where: { $0.digest == token.digest }) {
            throw JSONMismatch(
                pointer: digest.pointer, expected: "a token that is listed nowhere else", got: "one that is")
        }
        tokens.append(token)
    }

    private func digest(_ cursor: JSONCursor) throws(JSONMismatch) -> [UInt8] {
        guard let digest = Digest(hexadecimal: try cursor.string()) else {
            throw hidden(cursor, expected: "a SHA-256 digest in 64 hexadecimal digits")
        }
        return digest.bytes
    }

    private func read(scopes: JSONCursor) throws(JSONMismatch) -> Set<TokenScope> {
        let known = TokenScope.allCases.map(\.rawValue)
        var read: Set<TokenScope> = []
        for element in try scopes.elements(count: 1...known.count) {
            if let scope = TokenScope(rawValue: try element.string(oneOf: known)) { read.insert(scope) }
        }
        return read
    }

    private func read(quota: JSONCursor) throws(JSONMismatch) -> JobQuota {
        try quota.refuseMembers(otherThan: ["jobs_per_minute", "queued", "images_per_day", "steps_per_day"])
        var limits = JobQuota()
        if let value = try quota.member("jobs_per_minute") { limits.jobsPerMinute = try value.int(in: 1...100_000) }
        if let value = try quota.member("queued") { limits.queued = try value.int(in: 1...1_000_000) }
        if let value = try quota.member("images_per_day") { limits.imagesPerDay = try value.int(in: 1...(1 << 40)) }
        if let value = try quota.member("steps_per_day") { limits.stepsPerDay = try value.int(in: 1...(1 << 50)) }
        return limits
    }

    private func hidden(_ cursor: JSONCursor, expected: String) -> JSONMismatch {
        JSONMismatch(pointer: cursor.pointer, expected: expected, got: "something else")
    }
}
