import Checkpoints
import Images
import Testing

@testable import Evaluation

/// What networks see, against clean-fid (Tests/Fixtures/evaluation/make_cleanfid.py).
@Suite struct NetworkInputTests {
    @Test(arguments: [("up", 32, 96), ("down", 96, 64)]) func resizingIsCleanFIDs(
        name: String, old: Int, new: Int
    ) throws {
        let file = try SafetensorsFile(path: Fixtures.path("evaluation/cleanfid_resize.safetensors"))
        let image = try PixelImage(
            width: old, height: old, channels: 1, bitDepth: 8,
            samples: file.floats("\(name).image").map { UInt16($0) })
        let made = try NetworkInput(side: new, filter: .bicubic).planes(of: image)
        let expected = try file.floats("\(name).resized")
        for channel in 0..<3 {
            let plane = made[channel * new * new..<(channel + 1) * new * new]
            #expect(zip(plane, expected).map { abs($0 - $1) }.max() ?? 9 < 0.02)
        }
    }

    @Test func sixteenBitsAreRounded() throws {
        let image = try PixelImage(
            width: 3, height: 1, channels: 1, bitDepth: 16, samples: [0, 65535, 257 * 100 + 129])
        #expect(image.inEightBits().samples == [0, 255, 101])
        #expect(throws: EvaluationError.self) { try NetworkInput(side: 4, filter: .bicubic).planes(of: image) }
    }

    @Test func namesOfExtractors() throws {
        #expect(try ExtractorName("inception-v3:a:b.safetensors") == .inception(file: "a:b.safetensors"))
        #expect(try ExtractorName("efficientnet-lite0") == .efficientNetLite0)
        for text in ["", "fid", "dinov2", "dinov2:", "radiomics:x"] {
            #expect(throws: EvaluationError.self) { try ExtractorName(text) }
        }
    }
}
