import Diffusion
import Jobs
import Testing
import Yams

/// `openapi.yaml` is true, and programs that make clients of it can read it.
@Suite struct DocumentTests {
    /// The document and the route table name the same paths and methods, in both directions.
    @Test func theRouteTableIsTheDocument() throws {
        let bench = try RoutingBench()
        let served = bench.router.routes.map { "\($0.method.rawValue) \($0.template.text)" }.sorted()
        #expect(served == (try OpenAPIDocument().operations.sorted()))
        #expect(Set(served).count == served.count, "no route is there twice")
    }

    @Test func theDocumentListsTheSamplersAndStates() throws {
        let yaml = try Repository.text("openapi.yaml")
        for names in [SamplerKind.allCases.map(\.rawValue), NoiseSource.allCases.map(\.rawValue), JobStatus.allCases.map(\.rawValue)] {
            #expect(yaml.contains("enum: [\(names.joined(separator: ", "))]"))
        }
    }

    /// What holds `theRouteTableIsTheDocument` and the others to a document without doubled keys.
    @Test(arguments: ["a: 1\nb: 2\na: 3", "a: {b: 1, c: 2, b: 1}", "- a: 1\n  a: 1"])
    func aKeyThatStandsTwiceIsRefused(_ yaml: String) {
        #expect(throws: YamlError.self) { try OpenAPIDocument(yaml) }
    }

    /// Generators make one type of each named schema, and drop, or misname, what another schema's inside is referred to for.
    @Test func referencesNameWholeComponents() throws {
        let document = try OpenAPIDocument()
        var count = 0
        for (path, mapping) in document.mappings() {
            guard let reference = mapping["$ref"]?.string else { continue }
            count += 1
            #expect(reference.split(separator: "/").count == 4 && reference.hasPrefix("#/components/"), "\(path): \(reference)")
            #expect(document.target(of: reference) != nil, "\(path): \(reference) is nowhere")
        }
        #expect(count > 100)
    }

    /// A constant that is no string becomes a name that no language has (openapi-generator: `NUMBER_'false'`).
    @Test func onlyStringsAreConstant() throws {
        for (path, mapping) in try OpenAPIDocument().mappings() {
            guard mapping["const"] != nil else { continue }
            #expect(mapping["type"]?.string == "string", "\(path)")
        }
    }

    /// Every schema that has a name is used by something: one that is not is an old one that nobody keeps true.
    @Test func everyComponentIsUsed() throws {
        let document = try OpenAPIDocument()
        let used = Set(document.mappings().compactMap { $0.mapping["$ref"]?.string })
        for (kind, components) in document.members(document.root["components"]) where kind != "securitySchemes" {
            for (name, _) in document.members(components) { #expect(used.contains("#/components/\(kind)/\(name)")) }
        }
    }
}
