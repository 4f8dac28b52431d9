import Foundation
import JSON

/// JSONTestSuite's cases: `y_` must be accepted, `n_` refused, `i_` is left to the reader.
struct Corpus {
    let cases: [(name: String, bytes: [UInt8])]

    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Data kept beside the checkout, shared by several repositories.
    static let shared =
        ProcessInfo.processInfo.environment["PHANTOM_SHARED"].map { URL(fileURLWithPath: $0) }
        ?? root.deletingLastPathComponent().appendingPathComponent("shared")

    static let sharedCases = shared.appendingPathComponent("data/fixtures/json/test_parsing")

    /// The packed copy in the repository, and the two long cases, which `pack.py` leaves out.
    static func packed() throws -> Corpus {
        let text = try String(contentsOf: root.appendingPathComponent("Tests/Fixtures/json/test_parsing.txt"), encoding: .utf8)
        var cases = text.split(separator: "\n").map { line in
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            return (name: String(parts[0]), bytes: bytes(hexadecimal: parts[1]))
        }
        cases.append(("n_structure_100000_opening_arrays.json", Array(repeating: UInt8(ascii: "["), count: 100_000)))
        cases.append(("n_structure_open_array_object.json", Array(String(repeating: "[{\"\":", count: 50_000).utf8)))
        return Corpus(cases: cases)
    }

    static func folder(_ folder: URL) throws -> Corpus {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
        return Corpus(cases: try names.map { ($0, Array(try Data(contentsOf: folder.appendingPathComponent($0)))) })
    }

    private static func bytes(hexadecimal text: Substring) -> [UInt8] {
        let digits = text.utf8.map { $0 > UInt8(ascii: "9") ? $0 - UInt8(ascii: "a") + 10 : $0 - UInt8(ascii: "0") }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// Names of cases with the prefix, and of those among them that the reader accepts.
    func judged(_ prefix: String, _ reader: JSONReader) -> (all: [String], accepted: [String]) {
        let chosen = cases.filter { $0.name.hasPrefix(prefix) }
        return (chosen.map(\.name), chosen.filter { (try? reader.read($0.bytes)) != nil }.map(\.name).sorted())
    }
}
