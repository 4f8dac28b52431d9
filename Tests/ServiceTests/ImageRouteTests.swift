import HTTPTypes
import Images
import Imaging
import JSON
import Service
import Testing

/// Images and their recipes: tags, ranges, caching.
@Suite struct ImageRouteTests {
    private func image() async throws -> (bench: RoutingBench, path: String, whole: Answer) {
        let bench = try RoutingBench()
        let id = try await bench.submit(#"{"seed":200}"#)
        _ = try await bench.end(of: id)
        let path = "/v1/jobs/\(id)/images/0"
        return (bench, path, await bench.get(path))
    }

    @Test func anImageIsServedWithItsDigest() async throws {
        let (bench, path, whole) = try await image()
        #expect(whole.status == 200)
        #expect(whole[field: "Content-Type"] == "image/png")
        #expect(whole[field: "Cache-Control"] == "private, max-age=31536000, immutable")
        #expect(whole[field: "Accept-Ranges"] == "bytes")
        #expect(try PNGDecoder.decode(whole.body).image.samples == [200])
        let tag = try #require(whole[field: "ETag"])
        let id = path.split(separator: "/")[2]
        let document = await bench.get("/v1/jobs/\(id)")
        #expect(tag == "\"\(try #require(document["images"]?.array?.first?["sha256"]?.string))\"")
        let cached = await bench.get(path, [.ifNoneMatch: tag])
        #expect(cached.status == 304)
        #expect(cached.body.isEmpty)
        #expect(cached[field: "ETag"] == tag)
        #expect(await bench.get(path, [.ifNoneMatch: "\"other\""]).status == 200)
    }

    @Test func filesAreNamedForModelAndSeed() async throws {
        let (bench, path, whole) = try await image()
        #expect(whole[field: "Content-Disposition"] == #"inline; filename="chest-200.png""#)
        let part = await bench.get(path, [.range: "bytes=0-7"])
        #expect(part.status == 206 && part[field: "Content-Disposition"] == #"inline; filename="chest-200.png""#)
        #expect(await bench.get(path + ".dcm")[field: "Content-Disposition"] == #"inline; filename="chest-200.dcm""#)
        #expect(await bench.get(path + ".json")[field: "Content-Disposition"] == #"inline; filename="chest-200.json""#)
    }

    /// Names of models are checked, but rows of the store come from outside as well.
    @Test(arguments: [
        (#"a"b"#, "a_b"), ("../../etc/passwd", ".._.._etc_passwd"), ("a\r\nSet-Cookie: b", "a__Set-Cookie__b"), ("Lunge-ü", "Lunge-_"), (#"a\"#, "a_"),
    ])
    func aFileNameNeedsNoEscapes(_ model: String, _ name: String) {
        #expect(ContentDisposition.inline([model, "7"], extension: "png") == "inline; filename=\"\(name)-7.png\"")
    }

    @Test func theRecipeIsTheOneInTheImage() async throws {
        let (bench, path, whole) = try await image()
        let recipe = await bench.get(path + ".json")
        #expect(recipe.status == 200)
        #expect(recipe[field: "Content-Type"] == "application/json")
        #expect(recipe.text == (try PNGDecoder.decode(whole.body).recipe))
        #expect(recipe["seed"] == "200")
        #expect(await bench.get(path + ".json", [.ifNoneMatch: try #require(recipe[field: "ETag"])]).status == 304)
    }

    @Test func theDICOMFormHasThePixelsAndTheRecipe() async throws {
        let (bench, path, whole) = try await image()
        let dicom = await bench.get(path + ".dcm")
        #expect(dicom.status == 200)
        #expect(dicom[field: "Content-Type"] == "application/dicom")
        #expect(dicom[field: "Cache-Control"] == "private, max-age=31536000, immutable")
        let decoded = try DICOMDecoder.decode(dicom.body)
        let png = try PNGDecoder.decode(whole.body)
        #expect(decoded.image == png.image)
        #expect(decoded.recipe == png.recipe)
        #expect(dicom.body == (try SyntheticImage.dicom(whole.body)))
        #expect(await bench.get(path + ".dcm", [.ifNoneMatch: try #require(dicom[field: "ETag"])]).status == 304)
        #expect(dicom[field: "ETag"] != whole[field: "ETag"])
    }

    @Test(arguments: [
        ("bytes=0-0", 0, 0), ("bytes=0-7", 0, 7), ("bytes=5-", 5, -1), ("bytes=-3", -3, -1), ("bytes=0-99999999999999999999", 0, -1),
        ("bytes=-99999999999999999999", 0, -1), ("BYTES=1-2", 1, 2),
    ])
    func aRangeIs206(_ range: String, _ first: Int, _ last: Int) async throws {
        let (bench, path, whole) = try await image()
        let count = whole.body.count
        let (from, to) = (first < 0 ? count + first : first, last < 0 ? count + last : last)
        let part = await bench.get(path, [.range: range])
        #expect(part.status == 206)
        #expect(part[field: "Content-Range"] == "bytes \(from)-\(to)/\(count)")
        #expect(part.body == Array(whole.body[from...to]))
        #expect(part[field: "ETag"] == whole[field: "ETag"])
    }

    @Test(arguments: ["bytes=999999-", "bytes=-0", "bytes=999999-1000000"])
    func aRangeOutsideIs416(_ range: String) async throws {
        let (bench, path, whole) = try await image()
        let answer = await bench.get(path, [.range: range])
        #expect(answer.status == 416)
        #expect(answer[field: "Content-Range"] == "bytes */\(whole.body.count)")
        #expect(answer.isProblem)
    }

    /// RFC 9110 section 14.2: a Range that is not understood is ignored.
    @Test(arguments: ["bytes=2-1", "bytes=a-b", "bytes=", "bytes=-", "lines=0-1", "bytes=0-1,3-4", "0-1", "bytes=1"])
    func otherRangesGetTheWhole(_ range: String) async throws {
        let (bench, path, whole) = try await image()
        let answer = await bench.get(path, [.range: range])
        #expect(answer.status == 200)
        #expect(answer.body == whole.body)
    }

    @Test func ifRangeHoldsTheRangeToThisImage() async throws {
        let (bench, path, whole) = try await image()
        let tag = try #require(whole[field: "ETag"])
        #expect(await bench.get(path, [.range: "bytes=0-1", .ifRange: tag]).status == 206)
        for other in ["\"x\"", "W/\(tag)", "Sat, 29 Oct 1994 19:43:31 GMT"] {
            #expect(await bench.get(path, [.range: "bytes=0-1", .ifRange: other]).status == 200)
        }
        #expect(await bench.send(.head, path, [.range: "bytes=0-1"]).status == 200)
    }

    @Test func imagesThatAreNotThereAre404() async throws {
        let (bench, path, _) = try await image()
        let folder = path.dropLast(1)
        #expect(await bench.get("\(folder)1").status == 404)
        #expect(await bench.get("\(folder)1.json").status == 404)
        #expect(await bench.get("\(folder)1.dcm").status == 404)
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let waiting = try RoutingBench(settings)
        let answer = await waiting.get("/v1/jobs/\(try await waiting.submit())/images/0")
        #expect(answer.status == 404)
        #expect(answer.isProblem)
    }
}
