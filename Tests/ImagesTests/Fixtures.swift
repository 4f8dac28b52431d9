import FoundationEssentials
import Images

/// Where the files of these tests lie.
enum Fixtures {
    static let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let png = packageRoot.appending(path: "Tests/Fixtures/png")
    static let dicom = packageRoot.appending(path: "Tests/Fixtures/dicom")

    /// PngSuite and libpng's test files in full, which not every checkout has beside it.
    static var sharedPNG: URL? { shared("png") }
    /// pydicom's sample files.
    static var sharedDICOM: URL? { shared("dicom") }

    private static func shared(_ kind: String) -> URL? {
        let given = ProcessInfo.processInfo.environment["PHANTOM_SHARED"]
        let shared = given.map { URL(filePath: $0) } ?? packageRoot.appending(path: "../shared")
        let folder = shared.appending(path: "data/fixtures/\(kind)")
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }

    static func bytes(_ file: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: file)) }

    static func lines(_ name: String, in folder: URL = png) throws -> [[String]] {
        let text = String(decoding: try bytes(folder.appending(path: name)), as: UTF8.self)
        return text.split(separator: "\n").map { $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init) }
    }
}
