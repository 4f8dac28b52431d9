import Testing
import Yams

/// `openapi.yaml`, read by a parser that refuses a key that stands twice (YAML 1.2.2 section 3.2.1.1).
struct OpenAPIDocument {
    let root: Node

    init(_ yaml: String) throws { root = try #require(try Yams.compose(yaml: yaml)) }

    /// Of the checkout.
    init() throws { try self.init(Repository.text("openapi.yaml")) }

    /// `GET /v1/jobs/{id}` and the others.
    var operations: [String] {
        let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
        return members(root["paths"]).flatMap { path, item in
            members(item).map(\.key).filter(methods.contains).map { "\($0.uppercased()) \(path)" }
        }
    }

    func members(_ node: Node?) -> [(key: String, value: Node)] {
        (node?.mapping ?? [:]).map { ($0.key.string ?? "", $0.value) }
    }

    /// Every mapping in the document, with the keys that lead to it.
    func mappings() -> [(path: String, mapping: Node.Mapping)] {
        var found: [(String, Node.Mapping)] = []
        func visit(_ node: Node, _ path: String) {
            if let mapping = node.mapping {
                found.append((path, mapping))
                for (key, value) in members(node) { visit(value, "\(path)/\(key)") }
            }
            for (index, element) in (node.sequence ?? []).enumerated() { visit(element, "\(path)/\(index)") }
        }
        visit(root, "")
        return found
    }

    /// The node that a reference within the document names; nil if there is none.
    func target(of reference: String) -> Node? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(root as Node?) { $0?[String($1)] }
    }
}
