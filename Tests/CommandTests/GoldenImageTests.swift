import Bytes
import Diffusion
import Foundation
import Images
import TestSupport
import Testing

/// One image of the shipped model, to the last bit, for each version of the arithmetic.
@Suite struct GoldenImageTests {
    /// Of the pixels that `phantom generate --model Models/cxr64 --steps 4 --sampler dpmsolver++ --seed 11` makes, row by row,
    /// a byte each. Another digest under the same number is a broken promise: recipes name the number, and are verified by it.
    private static let digests = [5: "09433692e7fae4cfd32d1504994d6b0765ce056fa052f5d8c612b835cee85bbf"]

    @Test func theArithmeticIsTheFifth() { #expect(Recipe.currentArithmetic == 5) }

    @Test(arguments: [1, 2]) func theShippedModelKeepsItsBits(threads: Int) throws {
        let folder = try TemporaryFolder()
        let run = try PhantomCommand(
            "generate", "--model", PhantomCommand.root + "/Models/cxr64", "--output", folder.path, "--steps", "4",
            "--sampler", "dpmsolver++", "--seed", "11", "--threads", "\(threads)")
        #expect(run.status == 0, "\(run.errors)")
        let file = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/00000.png"))
        let image = try PNGDecoder.decode([UInt8](file)).image
        #expect((image.width, image.height, image.channels, image.bitDepth) == (64, 64, 1, 8))
        let digest = Digest(of: image.samples.map { UInt8($0) }).hexadecimal
        #expect(digest == Self.digests[Recipe.currentArithmetic])
    }
}
