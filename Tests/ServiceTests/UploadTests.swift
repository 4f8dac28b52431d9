import Diffusion
import Foundation
import Images
import ImagingFixtures
import JSON
import Service
import Testing

/// Where the pictures of a request stand: in JSON, or in a form.
@Suite struct UploadTests {
    @Test func aFormAndJSONAreTheSameRequest() throws {
        let (image, mask) = (Pictures.grey(32, 16), Pictures.mask(32, 16))
        let fields: JSONObject = ["steps": 5, "seed": "7", "mask": .string(mask.base64), "image": .string(image.base64)]
        let json = try UploadBench.validator().read(fields.serialized(), type: "application/json", kind: .inpainting)
        let form = Form(["mask": mask, "request": Array(#"{ "seed":"7", "steps":5 }"#.utf8), "image": image])
        let multipart = try UploadBench.validator().read(form.body, type: form.type, kind: .inpainting)
        #expect(json.plan.planned.series == multipart.plan.planned.series)
        #expect(json.digest == multipart.digest, "one idempotency key names both")
        let other = Form(["mask": mask, "request": Array(#"{"seed":"7","steps":5}"#.utf8), "image": Pictures.grey(32, 16, shift: 1)])
        #expect(try UploadBench.validator().read(other.body, type: other.type, kind: .inpainting).digest != json.digest)
        let restoration = try #require(json.plan.request.restoration)
        #expect(json.plan.planned.series.first.restoration?.imageDigest == restoration.inputs.image.digest)
        #expect(json.plan.request.json["image"]?["sha256"] == .string(restoration.inputs.image.digest.hexadecimal), "jobs name pixels by their hash")
    }

    @Test func aFormNeedsNoRequestAndNamesWhatIsWrong() throws {
        let (image, mask) = (Pictures.grey(32, 16), Pictures.mask(32, 16))
        let bare = Form(["image": image, "mask": mask])
        #expect(try UploadBench.validator().read(bare.body, type: bare.type, kind: .inpainting).plan.planned.series.count == 1)
        func pointers(_ parts: [String: [UInt8]]) throws -> Set<String> {
            let form = Form(parts)
            let problem = try #require(throws: Problem.self) { _ = try UploadBench.validator().read(form.body, type: form.type, kind: .inpainting) }
            #expect(problem.kind == .invalid)
            return Set(problem.errors.map(\.pointer))
        }
        // Each field may be a part of its own.
        let fields = (0..<50).map { ("field\($0)", [UInt8]()) }
        let many = Form(parts: [("image", image), ("mask", mask)] + fields)
        let unknown = try #require(throws: Problem.self) { _ = try UploadBench.validator().read(many.body, type: many.type, kind: .inpainting) }
        #expect(unknown.kind == .invalid && unknown.errors.allSatisfy { $0.pointer.hasPrefix("#/field") })
        let twice = Form(parts: [("image", image), ("mask", mask), ("a/b", []), ("a/b", [])])
        let problem = try #require(throws: Problem.self) { _ = try UploadBench.validator().read(twice.body, type: twice.type, kind: .inpainting) }
        #expect(problem.kind == .invalid && problem.errors.map(\.pointer) == ["#/a~1b"])
        #expect(try pointers(["image": image]) == ["#/mask"])
        #expect(try pointers(["mask": mask]) == ["#/image"])
        #expect(try pointers([:]) == ["#/image", "#/mask"])
        #expect(try pointers(["image": image, "mask": mask, "extra": []]) == ["#/extra"])
        #expect(try pointers(["image": image, "mask": mask, "request": Array("{\"image\":\"AAAA\",\"steps\":0}".utf8)]) == ["#/image", "#/steps"])
        #expect(try pointers(["image": [1, 2, 3], "mask": Pictures.mask(8, 8), "request": Array("{\"sampler\":1}".utf8)]) == ["#/image", "#/sampler"])
    }

    @Test(arguments: [
        ("multipart/form-data", "--X--"), ("multipart/form-data; boundary=", "----"), ("multipart/form-data; boundary=X", "--Y--"),
        ("multipart/form-data; boundary=X", "--X\r\nContent-Disposition: form-data; name=\"request\"\r\n\r\n{\r\n--X--"),
        ("application/json", "{\"image\":"),
    ])
    func whatIsNoFormIs400(_ type: String, _ body: String) throws {
        let problem = try #require(throws: Problem.self) { _ = try UploadBench.validator().read(Array(body.utf8), type: type, kind: .inpainting) }
        #expect(problem.kind == .unreadable)
    }

    @Test(arguments: ["", "{", "{\"count\":1,}", "{\"count\":1}x", "{\"count\":01}", "{\"count\":1,\"count\":2}", "\u{FEFF}{}"])
    func whatIsNoJSONIs400(_ body: String) throws {
        let problem = try #require(throws: Problem.self) { _ = try UploadBench.validator().read(Array(body.utf8)) }
        #expect(problem.kind.status.code == 400)
     }

    @Test(arguments: [
        7, .null, ["AAAA"], "", "AAA", "AAAA=", "AA AA", "AAAA\n", "data:image/png;base64,AAAA", "____", "AAAA",
    ] as [JSONValue])
    func whatIsNoFileInBase64IsRefused(_ value: JSONValue) throws {
        let problem = try UploadBench.problem(["image": value, "mask": .string(Pictures.mask(32, 16).base64)])
        #expect(problem.errors.map(\.pointer) == ["#/image"])
        #expect(problem.errors[0].detail.hasPrefix("expected a PNG or DICOM file"))
    }

    /// As browsers, Python's `encodebytes`, coreutils and JSON web libraries write it.
    @Test func base64IsTakenInEveryFormThatClientsWrite() throws {
        let (image, mask) = (Pictures.grey(32, 16), Pictures.mask(32, 16))
        let plain = image.base64
        var wrapped = ""
        for (place, digit) in plain.enumerated() { wrapped += place % 76 == 75 ? "\(digit)\r\n" : "\(digit)" }
        let urlSafe = plain.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        let unpadded = urlSafe.trimmingCharacters(in: ["="])
        let expected = try UploadBench.read(["image": .string(plain), "mask": .string(mask.base64), "seed": "1"]).planned.series
        for form in [wrapped, urlSafe, unpadded, "data:image/png;base64,\(plain)", "data:;base64,\(unpadded)\n", "DATA:image/png;x=y;BASE64,\(wrapped)"] {
            #expect(try UploadBench.read(["image": .string(form), "mask": .string(mask.base64), "seed": "1"]).planned.series == expected)
        }
        for (form, reason) in [
            ("data:image/png,%89PNG", "without ;base64"), ("data:image/png;base64", "without a comma"), ("https://example.org/a.png", "an address (https:)"),
            (String(plain.prefix(41)), "is it cut off?"), (plain + "ü", "is no digit of base64"), ("AA==AA", "padding"), ("", "an empty string"),
        ] {
            let problem = try UploadBench.problem(["image": .string(form), "mask": .string(mask.base64)])
            #expect(problem.errors.map(\.pointer) == ["#/image"])
            #expect(problem.errors[0].detail.contains(reason), "\(problem)")
        }
    }

    /// `curl -F steps=5 -F image=@a.png`.
    @Test func fieldsMayBePartsOfAForm() throws {
        let (image, mask) = (Pictures.grey(32, 16), Pictures.mask(32, 16))
        func parts(_ fields: [String: String]) -> Form {
            Form(["image": image, "mask": mask].merging(fields.mapValues { Array($0.utf8) }) { first, _ in first })
        }
        let request = #"{"steps":5,"seed":"18446744073709551615","condition":{"view":"PA"},"sampler":"ddim","guidance":1.5}"#
        let one = parts(["request": request])
        let several = parts(["steps": "5", "seed": "18446744073709551615", "condition": #"{"view":"PA"}"#, "sampler": "ddim", "guidance": "1.5"])
        let mixed = parts(["steps": "5", "request": request.replacingOccurrences(of: "\"steps\":5,", with: "")])
        let expected = try UploadBench.validator().read(one.body, type: one.type, kind: .inpainting)
        for form in [several, mixed] {
            let read = try UploadBench.validator().read(form.body, type: form.type, kind: .inpainting)
            #expect(read.plan.planned.series == expected.plan.planned.series)
            #expect(read.digest == expected.digest)
        }
        for (fields, pointer) in [
            (["steps": "many"], "#/steps"), (["stebs": "5"], "#/stebs"), (["steps": "5", "request": #"{"steps":6}"#], "#/steps"), (["seed": "-1"], "#/seed"),
        ] {
            let form = parts(fields)
            let problem = try #require(throws: Problem.self) { _ = try UploadBench.validator().read(form.body, type: form.type, kind: .inpainting) }
            #expect(problem.errors.map(\.pointer) == [pointer], "\(problem)")
        }
    }

    @Test func allFaultsAreToldAtOnce() throws {
        let problem = try UploadBench.problem([
            "image": "?", "mask": .string(Pictures.grey(8, 8).base64 + "x"), "steps": 0, "condition": ["view": "oblique"], "colour": 1, "scale": 2,
        ])
        #expect(Set(problem.errors.map(\.pointer)) == ["#/image", "#/mask", "#/steps", "#/condition/view", "#/colour", "#/scale"])
        #expect(problem.errors.count == 6)
    }

    /// What a job stores reads back as the same request.
    @Test(arguments: [Recipe.Kind.inpainting, .superResolution]) func aStoredRequestReadsBackAsItself(_ kind: Recipe.Kind) throws {
        var fields: JSONObject = ["image": .string(Pictures.grey(16, 8).base64), "steps": 9, "count": 2]
        if kind == .inpainting { fields["mask"] = .string(Pictures.mask(16, 8).base64) } else { fields["scale"] = 4 }
        let first = try UploadBench.read(fields, kind)
        let stored = try JSONReader().read(first.request.json.serialized())
        let second = try UploadBench.validator().validate(stored, kind: kind, inputs: first.request.restoration?.inputs)
        #expect(first.request == second.request)
        #expect(first.planned.series == second.planned.series)
    }
}
