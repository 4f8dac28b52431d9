import Foundation

/// A folder of its own, which goes with the last reference to it.
package final class TemporaryFolder: Sendable {
    package let path: String
    package var url: URL { URL(filePath: path, directoryHint: .isDirectory) }

    package init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("phantom-tests-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
