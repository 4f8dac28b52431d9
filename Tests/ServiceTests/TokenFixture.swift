import Bytes
import HTTPTypes
import Jobs
import Service

/// A token of the tests: itself, and as the configuration has it.
struct TestToken: Sendable {
    let name: String
    let access: AccessToken

    init(_ name: String, _ scopes: Set<TokenScope> = [.read, .submit], quota: JobQuota = JobQuota()) {
        self.name = name
        access = AccessToken(name: name, digest: Digest(of: "token-of-\(name)").bytes, scopes: scopes, quota: quota)
    }

    var fields: HTTPFields { [.authorization: "Bearer token-of-\(name)"] }
}

extension RoutingBench.Settings {
    /// Asks for one of these tokens.
    mutating func ask(for tokens: [TestToken]) {
        access.auth = .tokens(tokens.map(\.access))
    }
}

extension RoutingBench {
    /// The id of a new job of somebody.
    func submit(_ body: String = #"{"steps":2}"#, as token: TestToken) async throws -> String {
        let answer = await post(body, token.fields)
        guard let id = answer["id"]?.string else { throw UnexpectedAnswer(answer: answer.text) }
        return id
    }

    func end(of id: String, as token: TestToken) async throws -> Answer {
        for _ in 0..<200 {
            let answer = await get("/v1/jobs/\(id)?wait=5", token.fields)
            if let status = answer["status"]?.string, JobStatus(rawValue: status)?.isTerminal == true { return answer }
        }
        throw UnexpectedAnswer(answer: "the job \(id) does not end")
    }
}
