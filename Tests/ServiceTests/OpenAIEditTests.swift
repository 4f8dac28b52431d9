import Foundation
import HTTPTypes
import Images
import JSON
import Service
import Testing

/// `/v1/images/edits`: forms with an image, and a mask where it is not transparent.
@Suite struct OpenAIEditTests {
    /// - Parameter names: of the parts that bring the image.
    private func edit(
        _ bench: RoutingBench, image: PixelImage, mask: PixelImage?, size: String? = nil, names: [String] = ["image"]
    ) async throws -> Answer {
        var parts = try names.map { (key: $0, value: try PNGEncoder.encode(image).bytes) }
        if let mask { parts.append(("mask", try PNGEncoder.encode(mask).bytes)) }
        let fields = [("prompt", "mass"), ("n", "1"), ("steps", "2"), ("seed", "5")] + (size.map { [("size", $0)] } ?? [])
        parts += fields.map { (key: $0.0, value: Array($0.1.utf8)) }
        let form = Form(parts: parts)
        return await bench.send(.post, "/v1/images/edits", [.contentType: form.type], bytes: form.body)
    }

    /// 32 x 16 pixels, grey, of which the left half is transparent where `alpha` says so.
    private func picture(alpha: Bool, level: UInt16 = 100) throws -> PixelImage {
        let pixels = (0..<32 * 16).flatMap { place -> [UInt16] in
            let grey = [level, level, level]
            return alpha ? grey + [place % 32 < 16 ? 0 : 255] : grey
        }
        return try PixelImage(width: 32, height: 16, channels: alpha ? 4 : 3, bitDepth: 8, samples: pixels)
    }

    @Test func whatIsTransparentIsFilled() async throws {
        let bench = try RoutingBench()
        let masks = try [
            (picture(alpha: false), picture(alpha: true) as PixelImage?), (picture(alpha: true), nil),
            (picture(alpha: true), picture(alpha: true, level: 9)),
            (picture(alpha: false), PixelImage(
                width: 32, height: 16, channels: 1, bitDepth: 8, samples: (0..<512).map { $0 % 32 < 16 ? 255 : 0 })),
        ]
        var digests: Set<String> = []
        for (image, mask) in masks {
            let answer = try await edit(bench, image: image, mask: mask)
            #expect(answer.status == 200, "\(answer.text)")
            let path = try #require(answer[field: "Content-Location"])
            let request = try #require(await bench.get(path)["request"])
            #expect(request["condition"] == ["finding": ["mass"]])
            digests.insert("\(request["image"]?["sha256"]?.string ?? "")\(request["mask"]?["sha256"]?.string ?? "")")
        }
        #expect(digests.count == 1, "all four say the same")
    }

    @Test func anEditWithoutAPlaceIsRefused() async throws {
        let answer = try await edit(RoutingBench(), image: picture(alpha: false), mask: nil)
        #expect(answer.status == 400)
        #expect(answer["error"]?["param"] == "mask")
        let message = try #require(answer["error"]?["message"]?.string)
        #expect(message.contains("transparent where to fill") && !message.contains("white"), "\(message)")
    }

    @Test func anEditMayNameTheSizeOfItsImage() async throws {
        let bench = try RoutingBench(), image = try picture(alpha: true)
        for size in ["auto", "32x16"] {
            let answer = try await edit(bench, image: image, mask: nil, size: size)
            #expect(answer.status == 200, "\(answer.text)")
        }
        for size in ["16x32", "32x24", "64x16"] {
            let answer = try await edit(bench, image: image, mask: nil, size: size)
            #expect(answer.status == 400 && answer["error"]?["param"] == "size", "\(answer.text)")
            #expect(answer["error"]?["message"]?.string?.contains("as image and scale say") == true, "\(answer.text)")
        }
    }

    /// OpenAI's client sends a list of images as parts of that name.
    @Test func aListOfOneImageIsTheImage() async throws {
        let bench = try RoutingBench(), image = try picture(alpha: true)
        let answer = try await edit(bench, image: image, mask: nil, names: ["image[]"])
        #expect(answer.status == 200, "\(answer.text)")
        for names in [["image[]", "image[]"], ["image", "image[]"]] {
            let refused = try await edit(bench, image: image, mask: nil, names: names)
            #expect(refused.status == 400 && refused["error"]?["param"] == "image[]", "\(refused.text)")
            #expect(refused["error"]?["message"]?.string?.contains("expected once, got several") == true)
        }
    }
}
