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
    /// - Parameter part: of a patient's number, the part of a split of the set's own; nil gives it none.
    static func folder(
        _ path: String, first: Int = 0, count: Int = 6, side: Int = 8, part: ((Int) -> String)? = nil
    ) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        var table = "filename,label,patient_id" + (part == nil ? "\n" : ",split\n")
        for number in first..<first + count {
            let png = try PNGEncoder.encode(picture(number, side: side))
            try Data(png.bytes).write(to: URL(fileURLWithPath: "\(path)/\(number).png"))
            let split = part.map { ",\($0(number / 2))" } ?? ""
            table += "\(number).png,\(number % 2 == 0 ? "even" : "odd"),\(number / 2)\(split)\n"
        }
        try table.write(toFile: "\(path)/labels.csv", atomically: true, encoding: .utf8)
    }
}
