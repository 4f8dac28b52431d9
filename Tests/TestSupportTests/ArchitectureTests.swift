import Foundation
import Testing

/// What Package.swift and Documentation/Architecture.md say of the targets is what the files do.
@Suite struct ArchitectureTests {
    /// The package's folder, found from this source file.
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path(percentEncoded: false)

    /// Modules that come with the system and the toolchain, which no manifest declares.
    private static let system: Set = [
        "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Testing",
    ]

    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }

    private static func targets() throws -> [DeclaredTarget] { DeclaredTarget.all(in: try text("Package.swift")) }

    /// Most of all, that the manifest is read at all.
    @Test func theManifestIsRead() throws {
        let targets = try Self.targets()
        let http = try #require(targets.first { $0.name == "HTTP" })
        #expect(http.dependencies.isSuperset(of: ["CEpoll", "HTTPTypes", "Logging"]) && http.path == "Sources/HTTP")
        #expect(try http.imports(root: Self.root)?["HTTPTypes"]?.hasPrefix("Sources/HTTP/") == true)
        #expect(targets.contains { $0.name == "Wire" && $0.path == "Tests/Wire" && $0.kind == .target })
        #expect(Set(targets.map(\.name)).count == targets.count)
        for folder in try FileManager.default.contentsOfDirectory(atPath: "\(Self.root)/Sources") {
            #expect(targets.contains { $0.path == "Sources/\(folder)" }, "Sources/\(folder) is no target")
        }
    }

    /// An import that is not declared compiles while another target happens to be built before.
    @Test func everyImportIsDeclared() throws {
        for target in try Self.targets() {
            for (module, file) in try target.imports(root: Self.root) ?? [:] where !Self.system.contains(module) {
                #expect(
                    target.dependencies.contains(module),
                    "\(file) imports \(module), which \(target.name) does not declare")
            }
        }
    }

    /// Programs may be declared without being imported: tests run them.
    @Test func everyDeclarationIsImported() throws {
        let targets = try Self.targets()
        let programs = Set(targets.filter { $0.kind == .executableTarget }.map(\.name))
        for target in targets {
            guard let imports = try target.imports(root: Self.root) else { continue }
            let unused = target.dependencies.subtracting(imports.keys).subtracting(programs)
            #expect(unused.isEmpty, "\(target.name) declares what no file of it imports: \(unused.sorted())")
        }
    }

    /// Targets stand bottom-up, so that imports go down only.
    @Test func importsGoDown() throws {
        let targets = try Self.targets()
        let places = Dictionary(uniqueKeysWithValues: targets.enumerated().map { ($0.element.name, $0.offset) })
        for (place, target) in targets.enumerated() where target.path.hasPrefix("Sources/") {
            for other in target.dependencies {
                #expect(places[other] ?? -1 < place, "\(target.name) stands above \(other), which it imports")
            }
        }
    }

    /// A row of the table of targets is `| names | what lives there | imports |`, names between backquotes.
    @Test func theTableOfTargetsIsTheManifest() throws {
        var rows: [String: Set<String>] = [:]
        for line in try Self.text("Documentation/Architecture.md").split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
            guard cells.count == 5 else { continue }
            let (names, imports) = (Self.quoted(cells[1]), Set(Self.quoted(cells[3])))
            for name in names { #expect(rows.updateValue(imports, forKey: name) == nil, "\(name) has two rows") }
        }
        let declared = try Self.targets().filter { $0.path.hasPrefix("Sources/") }
        #expect(Set(rows.keys) == Set(declared.map(\.name)))
        for target in declared {
            let row = rows[target.name] ?? []
            #expect(row == target.dependencies, "Architecture.md says that \(target.name) imports \(row.sorted())")
        }
    }

    /// Names of files (without their ending) and folders stand between backquotes, from `Sources` or from the root.
    @Test func everyPathOfThePageIsThere() throws {
        let paths = try Self.text("Documentation/Architecture.md").matches(of: /`(\w+(?:\/[\w+]+)+)`/).map(\.output.1)
        #expect(paths.count > 20)
        for path in paths {
            let places = ["Sources/\(path).swift", "Sources/\(path)", String(path)]
            #expect(places.contains { FileManager.default.fileExists(atPath: "\(Self.root)/\($0)") }, "there is no \(path)")
        }
    }

    private static func quoted(_ cell: Substring) -> [String] {
        cell.matches(of: /`(\w+)`/).map { String($0.output.1) }
    }
}
