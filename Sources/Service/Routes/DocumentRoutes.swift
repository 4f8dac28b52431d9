import Bytes
import HTTP
import HTTPTypes

/// `/openapi.yaml`: the description of this interface, built into the program.
struct DocumentRoutes: Sendable {
    private let document = PackageResources.openapi_yaml
    private let tag = EntityTag(Digest(of: PackageResources.openapi_yaml).hexadecimal)

    func openAPI(_ call: Call) throws(Problem) -> Reply {
        var fields: HTTPFields = [.eTag: tag.text, .cacheControl: "no-cache"]
        if EntityTagList(call.fields[values: .ifNoneMatch])?.contains(tag) == true { return .now(.notModified(fields)) }
        fields[.contentType] = "application/yaml"
        return .now(Response(status: .ok, fields: fields, body: document))
    }
}
