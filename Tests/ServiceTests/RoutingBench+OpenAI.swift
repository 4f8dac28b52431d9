import HTTP
import HTTPTypes

extension RoutingBench {
    /// Asks for images as clients of OpenAI's API do.
    func generate(_ body: String, _ fields: HTTPFields = [:], departure: Departure = Departure()) async -> Answer {
        var fields = fields
        fields[.contentType] = "application/json"
        return await send(.post, "/v1/images/generations", fields, bytes: Array(body.utf8), departure: departure)
    }
}
