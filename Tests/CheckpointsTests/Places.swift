import Foundation
import TestSupport

/// Where the tests' data lie, and room for files of their own.
enum Places {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static let fixtures = root + "/Tests/Fixtures/checkpoints"

    /// Data kept beside the checkout, shared by several repositories; tests that need it are skipped without it.
    static let shared =
        ProcessInfo.processInfo.environment["PHANTOM_SHARED"]
        ?? URL(fileURLWithPath: root).deletingLastPathComponent().path + "/shared"

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Calls `body` with a fresh folder and removes it.
    static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = try TemporaryFolder()
        return try withExtendedLifetime(folder) { try body(folder.path) }
    }

    /// Calls `body` with a copy of a folder of `fixtures`, and removes it.
    static func withCopy(_ name: String, _ body: (String) throws -> Void) throws {
        try withFolder { folder in
            try copy(fixtures + "/" + name, to: folder + "/model")
            try body(folder + "/model")
        }
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

    static func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }
}

extension Places {
    /// How much of a mapped file is in this process's memory.
    static func residentKilobytes(of path: String) throws -> Int {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps"))  // the system gives it no size
        let maps = try String(decoding: handle.readToEnd() ?? Data(), as: UTF8.self).split(separator: "\n")
        guard let map = maps.firstIndex(where: { $0.hasSuffix(path) }) else { throw CocoaError(.fileNoSuchFile) }
        let line = maps[map...].first { $0.hasPrefix("Rss:") } ?? ""
        return line.split(separator: " ").compactMap { Int($0) }.first ?? .max
    }

    /// Cuts the file itself, which others may have mapped, instead of replacing it.
    static func truncate(_ path: String, to size: UInt64) throws {
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.truncate(atOffset: size)
        try handle.close()
    }

    static func names(in folder: String) throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    static func copy(_ source: String, to target: String) throws { try FileManager.default.copyItem(atPath: source, toPath: target) }

    static func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }
}
