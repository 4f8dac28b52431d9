import Foundation

/// A target as Package.swift declares it, read from the manifest's text: asking SwiftPM would take a second process and
/// a lock that the build holds.
struct DeclaredTarget {
    enum Kind: String, CaseIterable {
        case target, systemLibrary, executableTarget, testTarget
    }

    let kind: Kind
    let name: String
    /// Targets of the package and products of others, both by the name that `import` takes.
    let dependencies: Set<String>
    /// The folder of its sources, relative to the package's.
    let path: String

    /// Every target of the manifest, in its order.
    static func all(in manifest: String) -> [DeclaredTarget] {
        let text = manifest.replacing(/(?m)(?:^|\s)\/\/.*$/, with: "")
        return text.matches(of: /\.(target|systemLibrary|executableTarget|testTarget)\(/).compactMap { match in
            guard let kind = Kind(rawValue: String(match.output.1)) else { return nil }
            return DeclaredTarget(kind, text[match.range.upperBound...].prefix(within: "(", ")"))
        }
    }

    /// - Parameter arguments: what stands between the parentheses of the declaration.
    private init?(_ kind: Kind, _ arguments: Substring) {
        guard let name = arguments.firstMatch(of: /name: "([^"]+)"/)?.output.1 else { return nil }
        self.kind = kind
        self.name = String(name)
        let list = arguments.firstMatch(of: /dependencies: \[/).map { begin in
            arguments[begin.range.upperBound...].prefix(within: "[", "]")
        }
        let products = (list ?? "").matches(of: /\.product\(name: "([^"]+)", package: "[^"]+"\)/)
        let targets = (list ?? "").replacing(/\.product\([^)]*\)/, with: "").matches(of: /"([^"]+)"/)
        dependencies = Set((products.map(\.output.1) + targets.map(\.output.1)).map { String($0) })
        path = arguments.firstMatch(of: /path: "([^"]+)"/).map { String($0.output.1) }
            ?? "\(kind == .testTarget ? "Tests" : "Sources")/\(name)"
    }

    /// The modules that the Swift files of this target import, and one file that imports each; nil for a target without
    /// Swift files.
    /// - Parameter root: the package's folder.
    func imports(root: String) throws -> [String: String]? {
        let files = (FileManager.default.enumerator(atPath: "\(root)/\(path)")?.allObjects as? [String] ?? [])
            .filter { $0.hasSuffix(".swift") }
        guard !files.isEmpty else { return nil }
        var imports: [String: String] = [:]
        for file in files {
            let text = try String(contentsOfFile: "\(root)/\(path)/\(file)", encoding: .utf8)
            // `@testable import M`, `package import M`, `import struct M.S`.
            let pattern = /(?m)^[ \t]*(?:@\w+ +)?(?:[a-z]+ +)?import +(?:[a-z]+ +)?(\w+)/
            for match in text.matches(of: pattern) { imports[String(match.output.1)] = "\(path)/\(file)" }
        }
        return imports
    }
}

extension Substring {
    /// The text up to the bracket that closes one opened before it; brackets within quotation marks are none.
    fileprivate func prefix(within open: Character, _ close: Character) -> Substring {
        var depth = 1
        var isQuoted = false
        for index in indices {
            switch self[index] {
            case "\"": isQuoted.toggle()
            case open where !isQuoted: depth += 1
            case close where !isQuoted: depth -= 1
            default: break
            }
            if depth == 0 { return self[..<index] }
        }
        return self
    }
}
