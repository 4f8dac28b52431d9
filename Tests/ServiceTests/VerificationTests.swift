import Foundation
import Images
import ImagingFixtures
import JSON
import Testing

/// Generated files made here, made again: over the wire and by the command.
@Suite(.serialized) struct VerificationTests {
    private let bench: VerificationBench

    init() throws { bench = try VerificationBench() }

    private static let samePixels: JSONValue = ["equal": true, "different": 0, "count": 1024, "largest_difference": 0]
    private static let sameMetadata: JSONValue = ["equal": true, "different": []]

    @Test func aGenerationIsToldFromOneFlippedPixel() throws {
        let body = #"{"steps":5,"seed":"3","guidance":2,"guidance_rescale":0.7,"guidance_interval":{"steps":[0.2,0.9]},"condition":{"finding":["mass","nodule"]},"bit_depth":16}"#
        let job = try bench.service.finished(body)
        let id = try #require(job["id"]?.string)
        let png = try bench.service.curl("/v1/jobs/\(id)/images/0").body
        let dicom = try bench.service.curl("/v1/jobs/\(id)/images/0.dcm").body
        for (file, type) in [(png, "image/png"), (dicom, "application/dicom"), (png + [0, 1, 2], "image/png")] {
            let (status, answer) = try bench.verify(file, type: type)
            #expect(status == 200)
            #expect(answer["kind"] == "verification")
            #expect(answer["equal"] == true)
            #expect(answer["verification"]?["pixels"] == Self.samePixels)
            #expect(answer["verification"]?["metadata"] == Self.sameMetadata)
            #expect(answer["images"]?.array?.first?["sha256"] == job["images"]?.array?.first?["sha256"])
            #expect(answer["consistency"] == nil)
        }
        let flipped = try VerificationBench.rewritten(png, change: { $0[700] ^= 1 })
        let (status, answer) = try bench.verify(flipped)
        #expect(status == 200)
        #expect(answer["equal"] == false)
        #expect(answer["verification"]?["pixels"] == ["equal": false, "different": 1, "count": 1024, "largest_difference": 1])
        #expect(answer["verification"]?["metadata"]?["equal"] == true)

        let other = try VerificationBench.rewritten(png, texts: { texts in try texts.map { $0.keyword == "Description" ? try PNGText(keyword: "Description", text: "A patient") : $0 } })
        let renamed = try bench.verify(other).answer
        #expect(renamed["equal"] == false)
        #expect(renamed["verification"]?["pixels"]?["equal"] == true)
        #expect(renamed["verification"]?["metadata"]?["different"] == ["Description"])
        #expect(renamed["verification"]?["detail"]?.string?.hasPrefix("Same pixels, rewritten header") == true)

        // Another patient, and one pixel of the DICOM file.
        var touched = dicom
        let name = try #require(Self.range(of: "SYNTHETIC^PHANTOM", in: touched))
        touched.replaceSubrange(name, with: Array("SYNTHETIC^SOMEONE".utf8))
        touched[touched.count - 1] ^= 0x80
        let changed = try bench.verify(touched, type: "application/dicom").answer
        #expect(changed["verification"]?["metadata"]?["different"] == ["(0010,0010)"])
        #expect(changed["verification"]?["pixels"] == ["equal": false, "different": 1, "count": 1024, "largest_difference": 32768])

        let file = try bench.save(png, "good.png")
        let good = try bench.command([file])
        #expect(good.status == 0)
        #expect(good.output == "The recipe makes this very image.\n")
        #expect(good.errors.isEmpty)
        let bad = try bench.command([try bench.save(flipped, "bad.png"), "--json"])
        #expect(bad.status == 1)
        #expect(try JSONReader().read(Array(bad.output.utf8))["pixels"]?["different"] == 1)
        #expect(try bench.command([try bench.save(dicom, "good.dcm")]).status == 0)
    }

    private static func range(of text: String, in bytes: [UInt8]) -> Range<Int>? {
        let part = Array(text.utf8)
        return (0...bytes.count - part.count).first { bytes[$0..<$0 + part.count].elementsEqual(part) }.map { $0..<$0 + part.count }
    }

    @Test func whatCannotBeVerifiedIsRefusedWithAReason() throws {
        let job = try bench.service.finished(#"{"steps":2,"seed":"4"}"#)
        let png = try bench.service.curl("/v1/jobs/\(try #require(job["id"]?.string))/images/0").body
        func refusal(_ file: [UInt8], type: String = "image/png") throws -> String {
            let (status, answer) = try bench.verify(file, type: type)
            #expect(status == 422)
            #expect(answer["errors"]?.array?.count == 1)
            return answer["errors"]?.array?.first?["detail"]?.string ?? ""
        }
        #expect(try refusal(Pictures.grey(8, 8)).contains("carries its recipe"))
        #expect(try refusal([1, 2, 3]).contains("PNG or DICOM"))
        #expect(try refusal(Array(png.dropLast(40))).contains("expected"))
        func withRecipe(_ change: (inout JSONObject) -> Void) throws -> [UInt8] {
            try VerificationBench.rewritten(png, texts: { texts in
                try texts.map { text in
                    guard text.keyword == Provenance.recipeKeyword, var recipe = try JSONReader().read(Array(text.text.utf8)).object else { return text }
                    change(&recipe)
                    return try PNGText(keyword: text.keyword, text: String(decoding: recipe.serialized(), as: UTF8.self))
                }
            })
        }
        let weights = String(repeating: "ab", count: 32)
        #expect(try refusal(withRecipe { $0["weights_sha256"] = .string(weights) }).contains("one of the weights \(weights)"))
        #expect(try refusal(withRecipe { $0["arithmetic"] = 99 }).contains("arithmetic"))
        #expect(try refusal(withRecipe { $0["steps"] = 1_000_000 }).contains("steps"))
        #expect(try refusal(withRecipe { $0["width"] = 65536 }).contains("pixels"))
        #expect(try refusal(withRecipe { $0["width"] = 33 }).contains("multiple"))
        #expect(try refusal(withRecipe { $0["channels"] = 3 }).contains("channels"))
        #expect(try refusal(withRecipe { $0["more"] = 1 }).contains("more"))
        // A recipe that runs and makes something else.
        let other = try bench.verify(withRecipe { $0["seed"] = "5" }).answer
        #expect(other["equal"] == false)
        #expect(other["verification"]?["pixels"]?["equal"] == false)
        // What only the network would find out, or nobody before an index goes astray, is refused before there is a job.
        let outside = try withRecipe { $0["condition"] = ["choices": [], "input": ["rows": [77]], "null": .null] }
        #expect(try refusal(outside).contains("rows of the class table"))
        let withoutLevels = try withRecipe { recipe in
            var scheduler = recipe["scheduler"]?.object ?? [:]
            (scheduler["lambda_min_clipped"], scheduler["timestep_spacing"]) = (50, "linspace")
            (recipe["scheduler"], recipe["sampler"], recipe["steps"], recipe["eta"]) = (.object(scheduler), "dpmsolver++", 1, 0)
            recipe["sampler_options"] = nil
        }
        #expect(try refusal(withoutLevels).contains("lambda_min_clipped"))
        #expect(try bench.verify(png).answer["equal"] == true)

        let run = try bench.command([try bench.save(withRecipe { $0["weights_sha256"] = .string(weights) }, "other.png")])
        #expect(run.status == 1)
        #expect(run.errors.contains(weights))
        #expect(run.errors.contains("--model"))
        let dead = try bench.command([try bench.save(withoutLevels, "dead.png")])
        #expect(dead.status == 1 && dead.errors.contains("lambda_min_clipped"), "\(dead.errors)")
    }
}
