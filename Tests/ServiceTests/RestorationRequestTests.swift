import Foundation
import Images
import ImagingFixtures
import JSON
import Service
import Testing

/// Pictures of a request and its other fields, which must fit each other and the model.
@Suite struct RestorationRequestTests {
    @Test func sizesMustFit() throws {
        let image = Pictures.grey(32, 16)
        #expect(try UploadBench.problem(["image": .string(image.base64), "mask": .string(Pictures.mask(16, 32).base64)]).errors.map(\.pointer) == ["#/mask"])
        // The chest model wants multiples of 8.
        for (width, height) in [(30, 16), (32, 12)] {
            let fields: JSONObject = ["image": .string(Pictures.grey(width, height).base64), "mask": .string(Pictures.mask(width, height).base64)]
            let problem = try UploadBench.problem(fields)
            #expect(problem.errors.map(\.pointer) == ["#/image"], "\(problem)")
        }
        let small = Pictures.grey(12, 8).base64
        #expect(try UploadBench.read(["image": .string(small), "scale": 2], .superResolution).request.width == 24)
        #expect(try UploadBench.problem(["image": .string(Pictures.grey(10, 10).base64), "scale": 2], .superResolution).errors.map(\.pointer) == ["#/image"])
        // 64 x 64 are the 4096 pixels that are allowed.
        #expect(try UploadBench.read(["image": .string(Pictures.grey(16, 16).base64), "scale": 4], .superResolution).request.height == 64)
        #expect(try UploadBench.problem(["image": .string(Pictures.grey(16, 16).base64), "scale": 8], .superResolution).errors.map(\.pointer) == ["#/image"])
    }

    @Test(arguments: [
        ("scale", 3), ("scale", "2"), ("noise_level", 2), ("noise_level", -1), ("method", "repaint"), ("method", "x"),
        ("resample", 2), ("resample", ["length": 1]), ("resample", ["length": 0, "count": 1]), ("mask", "AAAA"),
    ] as [(String, JSONValue)])
    func fieldsOfSuperResolution(_ field: String, _ value: JSONValue) throws {
        var fields: JSONObject = ["image": .string(Pictures.grey(16, 8).base64), "scale": 2]
        fields[field] = value
        let pointers = try UploadBench.problem(fields, .superResolution).errors.map(\.pointer)
        #expect(pointers.count == 1 && pointers[0].hasPrefix("#/\(field)"), "\(pointers)")
    }

    /// A word that no method has is answered with those that the task has with this model.
    @Test func methodsAreOfferedThatTheModelHas() throws {
        let image = JSONValue.string(Pictures.grey(16, 8).base64), mask = JSONValue.string(Pictures.mask(16, 8).base64)
        let filling = try UploadBench.problem(["image": image, "mask": mask, "method": "bla"])
        #expect(filling.errors.map(\.detail) == [#"expected one of ddnm, repaint, got string "bla""#])
        let enlarging = try UploadBench.problem(["image": image, "scale": 2, "method": "bla"], .superResolution)
        #expect(enlarging.errors.map(\.detail) == [#"expected one of ddnm, got string "bla""#])
    }

    @Test func theDepthOfTheAnswerIsThatOfTheImage() throws {
        let deep = try PNGEncoder.encode(PixelImage(width: 32, height: 16, channels: 1, bitDepth: 16, samples: (0..<512).map { UInt16($0 * 100) })).bytes
        let mask = Pictures.mask(32, 16).base64
        #expect(try UploadBench.read(["image": .string(deep.base64), "mask": .string(mask)]).request.bitDepth == 16)
        #expect(try UploadBench.read(["image": .string(deep.base64), "mask": .string(mask), "bit_depth": 8]).request.bitDepth == 8)
        #expect(try UploadBench.read(["image": .string(Pictures.grey(32, 16).base64), "mask": .string(mask)]).request.bitDepth == 8)
    }
}
