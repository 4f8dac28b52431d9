import Diffusion
import Foundation
import Images
import Imaging
import ImagingFixtures
import JSON
import Service
import Testing

/// Pictures that requests bring: PNG and DICOM of every kind, taken or refused.
@Suite struct UploadedPictureTests {
    private static func input(_ file: [UInt8], _ kind: Recipe.Kind, model: ModelFacts) throws -> PixelImage {
        var fields: JSONObject = ["image": .string(file.base64)]
        if kind == .superResolution { fields["scale"] = 2 }
        if kind == .inpainting {
            // Of the image's own size, whatever that is; what cannot be read has no size, and is refused before the mask is looked at.
            let size = (try? PNGDecoder.decode(file).image) ?? (try? DICOMDecoder.decode(file).image)
            fields["mask"] = .string(Pictures.mask(size?.width ?? 8, size?.height ?? 8).base64)
        }
        return try #require(try UploadBench.read(fields, kind, models: [model]).request.restoration).inputs.image
    }

    /// The PngSuite files that ship here, each as the pixels it decodes to, or refused with its reason.
    @Test func theWholePngSuiteIsTakenOrRefusedForAReason() throws {
        let folder = Repository.path("Tests/Fixtures/png/pngsuite")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".png") }.sorted()
        #expect(names.count == 24)
        var outcomes: [String: Int] = [:]
        for name in names {
            let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
            let decoded = try PNGDecoder.decode(file).image
            let colours = decoded.droppingAlpha()
            let isOpaque = !decoded.hasAlpha || stride(from: decoded.channels - 1, to: decoded.samples.count, by: decoded.channels).allSatisfy { Int(decoded.samples[$0]) == decoded.maximum }
            let isGrey = colours.channels == 1 || stride(from: 0, to: colours.samples.count, by: 3).allSatisfy { Set(colours.samples[$0..<$0 + 3]).count == 1 }
            for model in [SmallModels.chest, SmallModels.colour] {
                let channels = model.generation.channels
                let fits = isOpaque && (channels == 3 || isGrey)
                outcomes["\(channels) \(fits)", default: 0] += 1
                guard fits else {
                    let problem = try #require(throws: Problem.self, "\(name)") { _ = try Self.input(file, .inpainting, model: model) }
                    #expect(problem.errors.map(\.pointer) == ["#/image"])
                    #expect(problem.errors[0].detail.contains(isOpaque ? "got a colour at pixel" : "transparent"), "\(name)")
                    continue
                }
                let image = try Self.input(file, .inpainting, model: model)
                #expect((image.width, image.height, image.channels, image.bitDepth) == (decoded.width, decoded.height, channels, decoded.bitDepth))
                for pixel in 0..<image.width * image.height {
                    for channel in 0..<channels {
                        let expected = colours.samples[pixel * colours.channels + (colours.channels == 3 ? channel : 0)]
                        #expect(image.samples[pixel * channels + channel] == expected, "\(name), pixel \(pixel)")
                    }
                }
            }
        }
        #expect(outcomes.keys.sorted() == ["1 false", "1 true", "3 false", "3 true"], "\(outcomes)")
    }

    @Test func greyAndColourAreConvertedOnlyWhereNothingIsLost() throws {
        let grey = try Pictures.image(Pictures.grey(32, 16))
        let colourless = try PNGEncoder.encode(Pictures.repeated(grey)).bytes
        #expect(try Self.input(colourless, .inpainting, model: SmallModels.chest).samples == grey.samples)
        #expect(try Self.input(Pictures.grey(32, 16), .inpainting, model: SmallModels.colour).samples == Pictures.repeated(grey).samples)
        // In super-resolution a grey picture says of a colour picture what it says: the mean of its channels.
        #expect(try Self.input(Pictures.grey(16, 8), .superResolution, model: SmallModels.colour).channels == 1)
        var tinted = Pictures.repeated(grey).samples
        tinted[3 * 70 + 2] += 1
        let tint = try PNGEncoder.encode(PixelImage(width: 32, height: 16, channels: 3, bitDepth: 8, samples: tinted)).bytes
        let problem = try #require(throws: Problem.self) { _ = try Self.input(tint, .inpainting, model: SmallModels.chest) }
        #expect(problem.errors[0].detail == "expected a grey picture, as the model makes grey ones, got a colour at pixel (6, 2)")
    }

    @Test func aDICOMFileIsTakenAsItsWindowShowsIt() throws {
        let grey = try Pictures.image(Pictures.grey(32, 16))
        let dicom = try DICOMEncoder.encode(grey, provenance: Provenance(recipe: "{}", sourceType: .trainedAlgorithmicMedia), study: "")
        let (fromDICOM, fromPNG) = (try Self.input(dicom, .inpainting, model: SmallModels.chest), try Self.input(Pictures.grey(32, 16), .inpainting, model: SmallModels.chest))
        #expect(fromDICOM == fromPNG, "the same pixels are the same input, whatever file they came in")
        var compressed = dicom
        let syntax = try #require(Self.range(of: Array("1.2.840.10008.1.2.1\0".utf8), in: compressed))
        compressed.replaceSubrange(syntax, with: Array("1.2.840.10008.1.2.5\0".utf8))
        let problem = try #require(throws: Problem.self) { _ = try Self.input(compressed, .superResolution, model: SmallModels.chest) }
        #expect(problem.errors[0].detail.contains("RLE Lossless"))
    }

    private static func range(of part: [UInt8], in bytes: [UInt8]) -> Range<Int>? {
        (0...bytes.count - part.count).first { bytes[$0..<$0 + part.count].elementsEqual(part) }.map { $0..<$0 + part.count }
    }

    @Test func bombsAreRefusedByTheirHeader() throws {
        // 4096 x 4096 pixels of zero in 16 kB: 4096 pixels are allowed.
        let bomb = try PNGEncoder.encode(
            PixelImage(width: 4096, height: 4096, channels: 1, bitDepth: 8, samples: [UInt16](repeating: 0, count: 4096 * 4096))).bytes
        #expect(bomb.count < 200_000)
        let problem = try UploadBench.problem(["image": .string(bomb.base64), "mask": .string(bomb.base64)])
        #expect(problem.errors.map(\.pointer) == ["#/image", "#/mask"])
        #expect(problem.errors[0].detail == "picture: expected at most 4096 pixels, got 4096x4096 = 16777216")
    }
}
