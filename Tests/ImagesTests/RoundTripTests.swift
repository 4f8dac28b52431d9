import Images
import Testing

@Test func smoke() throws {
    let image = try PixelImage(width: 3, height: 2, channels: 3, bitDepth: 16, samples: (0..<18).map { UInt16($0 * 3000) })
    let png = try PNGEncoder.encode(image, provenance: Provenance(recipe: "{}", sourceType: .trainedAlgorithmicMedia))
    let back = try PNGDecoder.decode(png.bytes)
    #expect(back.image == image)
    #expect(back.recipe == "{}")
}
