import Diffusion
import Foundation
import Images
import Imaging
import ImagingFixtures
import JSON
import Service
import Testing

/// Pictures that requests bring: in base64, in forms, as PNG and DICOM of every kind.
@Suite struct UploadTests {
    private static func validator(_ models: [ModelFacts] = [SmallModels.chest]) -> GenerationValidator {
        GenerationValidator(models: models, limits: SmallModels.limits) { _, _, _, _ in 0 }
    }

    private static func read(
        _ fields: JSONObject, _ kind: Recipe.Kind = .inpainting, models: [ModelFacts] = [SmallModels.chest]
    ) throws(Problem) -> PlannedGeneration {
        try validator(models).read(fields.serialized(), kind: kind).plan
    }

    private static func problem(_ fields: JSONObject, _ kind: Recipe.Kind = .inpainting, models: [ModelFacts] = [SmallModels.chest]) throws -> Problem {
        try #require(throws: Problem.self) { _ = try read(fields, kind, models: models) }
    }

    // MARK: Where pictures stand

    @Test func aFormAndJSONAreTheSameRequest() throws {
        let (image, mask) = (Pictures.grey(32, 16), Pictures.mask(32, 16))
        let fields: JSONObject = ["steps": 5, "seed": "7", "mask": .string(mask.base64), "image": .string(image.base64)]
        let json = try Self.validator().read(fields.serialized(), type: "application/json", kind: .inpainting)
        let form = Form(["mask": mask, "request": Array(#"{ "seed":"7", "steps":5 }"#.utf8), "image": image])
        let multipart = try Self.validator().read(form.body, type: form.type, kind: .inpainting)
        #expect(json.plan.planned.series == multipart.plan.planned.series)
        #expect(json.digest == multipart.digest, "one idempotency key names both")
        let other = Form(["mask": mask, "request": Array(#"{"seed":"7","steps":5}"#.utf8), "image": Pictures.grey(32, 16, shift: 1)])
        #expect(try Self.validator().read(other.body, type: other.type, kind: .inpainting).digest != json.digest)
        let restoration = try #require(json.plan.request.restoration)
        #expect(json.plan.planned.series.first.restoration?.imageDigest == restoration.inputs.image.digest)
        #expect(json.plan.request.json["image"]?["sha256"] == .string(restoration.inputs.image.digest.hexadecimal), "jobs name pixels by their hash")
    }

    @Test func aFormNeedsNoRequestAndNamesWhatIsWrong() throws {
        let (image, mask) = (Pictures.grey(32, 16), Pictures.mask(32, 16))
        let bare = Form(["image": image, "mask": mask])
        #expect(try Self.validator().read(bare.body, type: bare.type, kind: .inpainting).plan.planned.series.count == 1)
        func pointers(_ parts: [String: [UInt8]]) throws -> Set<String> {
            let form = Form(parts)
            let problem = try #require(throws: Problem.self) { _ = try Self.validator().read(form.body, type: form.type, kind: .inpainting) }
            #expect(problem.kind == .invalid)
            return Set(problem.errors.map(\.pointer))
        }
        // Each field may be a part of its own.
        let fields = (0..<50).map { ("field\($0)", [UInt8]()) }
        let many = Form(parts: [("image", image), ("mask", mask)] + fields)
        let unknown = try #require(throws: Problem.self) { _ = try Self.validator().read(many.body, type: many.type, kind: .inpainting) }
        #expect(unknown.kind == .invalid && unknown.errors.allSatisfy { $0.pointer.hasPrefix("#/field") })
        let twice = Form(parts: [("image", image), ("mask", mask), ("a/b", []), ("a/b", [])])
        let problem = try #require(throws: Problem.self) { _ = try Self.validator().read(twice.body, type: twice.type, kind: .inpainting) }
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
        let problem = try #require(throws: Problem.self) { _ = try Self.validator().read(Array(body.utf8), type: type, kind: .inpainting) }
        #expect(problem.kind == .unreadable)
    }

    @Test(arguments: ["", "{", "{\"count\":1,}", "{\"count\":1}x", "{\"count\":01}", "{\"count\":1,\"count\":2}", "\u{FEFF}{}"])
    func whatIsNoJSONIs400(_ body: String) throws {
        let problem = try #require(throws: Problem.self) { _ = try Self.validator().read(Array(body.utf8)) }
        #expect(problem.kind.status.code == 400)
     }

    @Test(arguments: [
        7, .null, ["AAAA"], "", "AAA", "AAAA=", "AA AA", "AAAA\n", "data:image/png;base64,AAAA", "____", "AAAA",
    ] as [JSONValue])
    func whatIsNoFileInBase64IsRefused(_ value: JSONValue) throws {
        let problem = try Self.problem(["image": value, "mask": .string(Pictures.mask(32, 16).base64)])
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
        let expected = try Self.read(["image": .string(plain), "mask": .string(mask.base64), "seed": "1"]).planned.series
        for form in [wrapped, urlSafe, unpadded, "data:image/png;base64,\(plain)", "data:;base64,\(unpadded)\n", "DATA:image/png;x=y;BASE64,\(wrapped)"] {
            #expect(try Self.read(["image": .string(form), "mask": .string(mask.base64), "seed": "1"]).planned.series == expected)
        }
        for (form, reason) in [
            ("data:image/png,%89PNG", "without ;base64"), ("data:image/png;base64", "without a comma"), ("https://example.org/a.png", "an address (https:)"),
            (String(plain.prefix(41)), "is it cut off?"), (plain + "ü", "is no digit of base64"), ("AA==AA", "padding"), ("", "an empty string"),
        ] {
            let problem = try Self.problem(["image": .string(form), "mask": .string(mask.base64)])
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
        let expected = try Self.validator().read(one.body, type: one.type, kind: .inpainting)
        for form in [several, mixed] {
            let read = try Self.validator().read(form.body, type: form.type, kind: .inpainting)
            #expect(read.plan.planned.series == expected.plan.planned.series)
            #expect(read.digest == expected.digest)
        }
        for (fields, pointer) in [
            (["steps": "many"], "#/steps"), (["stebs": "5"], "#/stebs"), (["steps": "5", "request": #"{"steps":6}"#], "#/steps"), (["seed": "-1"], "#/seed"),
        ] {
            let form = parts(fields)
            let problem = try #require(throws: Problem.self) { _ = try Self.validator().read(form.body, type: form.type, kind: .inpainting) }
            #expect(problem.errors.map(\.pointer) == [pointer], "\(problem)")
        }
    }

    // MARK: What is taken, and as what

    private static func input(_ file: [UInt8], _ kind: Recipe.Kind, model: ModelFacts) throws -> PixelImage {
        var fields: JSONObject = ["image": .string(file.base64)]
        if kind == .superResolution { fields["scale"] = 2 }
        if kind == .inpainting {
            // Of the image's own size, whatever that is; what cannot be read has no size, and is refused before the mask is looked at.
            let size = (try? PNGDecoder.decode(file).image) ?? (try? DICOMDecoder.decode(file).image)
            fields["mask"] = .string(Pictures.mask(size?.width ?? 8, size?.height ?? 8).base64)
        }
        return try #require(try read(fields, kind, models: [model]).request.restoration).inputs.image
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
        let problem = try Self.problem(["image": .string(bomb.base64), "mask": .string(bomb.base64)])
        #expect(problem.errors.map(\.pointer) == ["#/image", "#/mask"])
        #expect(problem.errors[0].detail == "picture: expected at most 4096 pixels, got 4096x4096 = 16777216")
    }

    @Test func sizesMustFit() throws {
        let image = Pictures.grey(32, 16)
        #expect(try Self.problem(["image": .string(image.base64), "mask": .string(Pictures.mask(16, 32).base64)]).errors.map(\.pointer) == ["#/mask"])
        // The chest model wants multiples of 8.
        for (width, height) in [(30, 16), (32, 12)] {
            let fields: JSONObject = ["image": .string(Pictures.grey(width, height).base64), "mask": .string(Pictures.mask(width, height).base64)]
            let problem = try Self.problem(fields)
            #expect(problem.errors.map(\.pointer) == ["#/image"], "\(problem)")
        }
        let small = Pictures.grey(12, 8).base64
        #expect(try Self.read(["image": .string(small), "scale": 2], .superResolution).request.width == 24)
        #expect(try Self.problem(["image": .string(Pictures.grey(10, 10).base64), "scale": 2], .superResolution).errors.map(\.pointer) == ["#/image"])
        // 64 x 64 are the 4096 pixels that are allowed.
        #expect(try Self.read(["image": .string(Pictures.grey(16, 16).base64), "scale": 4], .superResolution).request.height == 64)
        #expect(try Self.problem(["image": .string(Pictures.grey(16, 16).base64), "scale": 8], .superResolution).errors.map(\.pointer) == ["#/image"])
    }

    @Test(arguments: [
        ("scale", 3), ("scale", "2"), ("noise_level", 2), ("noise_level", -1), ("method", "repaint"), ("method", "x"),
        ("resample", 2), ("resample", ["length": 1]), ("resample", ["length": 0, "count": 1]), ("mask", "AAAA"),
    ] as [(String, JSONValue)])
    func fieldsOfSuperResolution(_ field: String, _ value: JSONValue) throws {
        var fields: JSONObject = ["image": .string(Pictures.grey(16, 8).base64), "scale": 2]
        fields[field] = value
        let pointers = try Self.problem(fields, .superResolution).errors.map(\.pointer)
        #expect(pointers.count == 1 && pointers[0].hasPrefix("#/\(field)"), "\(pointers)")
    }

    /// A word that no method has is answered with those that the task has with this model.
    @Test func methodsAreOfferedThatTheModelHas() throws {
        let image = JSONValue.string(Pictures.grey(16, 8).base64), mask = JSONValue.string(Pictures.mask(16, 8).base64)
        let filling = try Self.problem(["image": image, "mask": mask, "method": "bla"])
        #expect(filling.errors.map(\.detail) == [#"expected one of ddnm, repaint, got string "bla""#])
        let enlarging = try Self.problem(["image": image, "scale": 2, "method": "bla"], .superResolution)
        #expect(enlarging.errors.map(\.detail) == [#"expected one of ddnm, got string "bla""#])
    }

    @Test func allFaultsAreToldAtOnce() throws {
        let problem = try Self.problem([
            "image": "?", "mask": .string(Pictures.grey(8, 8).base64 + "x"), "steps": 0, "condition": ["view": "oblique"], "colour": 1, "scale": 2,
        ])
        #expect(Set(problem.errors.map(\.pointer)) == ["#/image", "#/mask", "#/steps", "#/condition/view", "#/colour", "#/scale"])
        #expect(problem.errors.count == 6)
    }

    @Test func theDepthOfTheAnswerIsThatOfTheImage() throws {
        let deep = try PNGEncoder.encode(PixelImage(width: 32, height: 16, channels: 1, bitDepth: 16, samples: (0..<512).map { UInt16($0 * 100) })).bytes
        let mask = Pictures.mask(32, 16).base64
        #expect(try Self.read(["image": .string(deep.base64), "mask": .string(mask)]).request.bitDepth == 16)
        #expect(try Self.read(["image": .string(deep.base64), "mask": .string(mask), "bit_depth": 8]).request.bitDepth == 8)
        #expect(try Self.read(["image": .string(Pictures.grey(32, 16).base64), "mask": .string(mask)]).request.bitDepth == 8)
    }

    /// What a job stores reads back as the same request.
    @Test(arguments: [Recipe.Kind.inpainting, .superResolution]) func aStoredRequestReadsBackAsItself(_ kind: Recipe.Kind) throws {
        var fields: JSONObject = ["image": .string(Pictures.grey(16, 8).base64), "steps": 9, "count": 2]
        if kind == .inpainting { fields["mask"] = .string(Pictures.mask(16, 8).base64) } else { fields["scale"] = 4 }
        let first = try Self.read(fields, kind)
        let stored = try JSONReader().read(first.request.json.serialized())
        let second = try Self.validator().validate(stored, kind: kind, inputs: first.request.restoration?.inputs)
        #expect(first.request == second.request)
        #expect(first.planned.series == second.planned.series)
    }
}
