import Bytes
import Foundation
import Images
import TestSupport

/// A small data set, a small network, and the folder that its run is written to.
struct SmallTraining {
    let temporary: TemporaryFolder
    var images: String { "\(temporary.path)/images" }
    var run: String { "\(temporary.path)/run" }
    var settings: String { "\(temporary.path)/train.json" }

    /// Slopes of 16 x 16 pixels, half of them bright.
    init(images: Int = 64, extra: String = "") throws {
        temporary = try TemporaryFolder()
        for (kind, base) in [("dark", 20), ("bright", 100)] {
            let place = temporary.url.appending(path: "images/\(kind)")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            for number in 0..<24 {
                let samples = (0..<256).map { UInt16(base + 3 * ($0 % 16) + 2 * ($0 / 16) * (number % 4)) }
                let image = try PixelImage(width: 16, height: 16, channels: 1, bitDepth: 8, samples: samples)
                let png = try PNGEncoder.encode(image)
                try Data(png.bytes).write(to: place.appendingPathComponent("\(kind)\(number).png"))
            }
        }
        try write(images: images, extra: extra)
    }

    func write(images: Int, extra: String = "") throws {
        let text = """
            {"output": "\(run)", "dataset": {"kind": "folder", "path": "\(temporary.path)/images"}, "images": \(images),
             "size": 16, "batch": 8, "micro_batch": 4, "model": {"block_out_channels": [8, 16], "norm_num_groups": 4,
             "attn_norm_num_groups": 4}, "optimizer": {"warmup": 2}, "averages": {"widths": [0.05, 0.1], "snapshots": 4},
             "checkpoint_every": 16, "validate_every": 0, "sample_every": 0\(extra)}
            """
        try text.write(toFile: settings, atomically: true, encoding: .utf8)
    }

    func digest(_ file: String) throws -> String {
        Digest(of: Array(try Data(contentsOf: URL(filePath: "\(run)/\(file)")))).hexadecimal
    }
}
