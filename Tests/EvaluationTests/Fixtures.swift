import Bytes
import Foundation
import Images

/// The small files that tests read, found from this source file, and folders of pictures that tests make.
enum Fixtures {
    static func path(_ name: String, from file: String = #filePath) -> String {
        let tests = file.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        return "\(tests)/Fixtures/\(name)"
    }

    /// A grey picture that differs with its number.
    static func picture(_ number: Int, side: Int = 8) throws -> PixelImage {
        let samples = (0..<side * side).map { UInt16(($0 * (number + 3) * 7 + $0 / side * 40 * number) % 256) }
        return try PixelImage(width: side, height: side, channels: 1, bitDepth: 8, samples: samples)
    }

    /// Pictures `first`, ... in a folder with their patients, of whom each has two.
    static func folder(_ path: String, first: Int = 0, count: Int = 6, side: Int = 8) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var table = "filename,label,patient_id\n"
        for number in first..<first + count {
            let png = try PNGEncoder.encode(picture(number, side: side))
            try Data(png.bytes).write(to: URL(fileURLWithPath: "\(path)/\(number).png"))
            table += "\(number).png,\(number % 2 == 0 ? "even" : "odd"),\(number / 2)\n"
        }
        try table.write(toFile: "\(path)/labels.csv", atomically: true, encoding: .utf8)
    }
}
