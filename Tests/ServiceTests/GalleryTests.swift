import Bytes
import Foundation
import HTTP
import HTTPTypes
import JSON
import Jobs
import JobsSQLite
import Locking
import Service
import Testing

/// The list of all images, archives and pins.
@Suite struct GalleryTests {
    @Test func imagesAreListedAndFiltered() async throws {
        let bench = try RoutingBench()
        var ids: [String] = []
        for view in ["PA", "AP", "PA"] {
            ids.append(try await bench.submit("{\"steps\":1,\"count\":2,\"condition\":{\"view\":\"\(view)\",\"finding\":[\"mass\",\"nodule\"]}}"))
        }
        for id in ids { _ = try await bench.end(of: id) }
        func list(_ query: String) async -> [String] {
            let items = await bench.get("/v1/images?\(query)")["items"]?.array ?? []
            return items.map { "\(ids.firstIndex(of: $0["job"]?.string ?? "") ?? -1).\($0["index"]?.number?.int ?? -1)" }
        }
        #expect(await list("") == ["2.1", "2.0", "1.1", "1.0", "0.1", "0.0"])
        #expect(await list("condition.view=PA&condition.finding=nodule") == ["2.1", "2.0", "0.1", "0.0"])
        #expect(await list("condition.view=AP&kind=generation&model=chest") == ["1.1", "1.0"])
        #expect(await list("condition.view=LL").isEmpty)
        #expect(await list("kind=inpainting").isEmpty)
        let page = await bench.get("/v1/images?limit=4")
        let first = try #require(page["items"]?.array?.first)
        #expect(first["condition"] == ["view": "PA", "finding": ["nodule", "mass"]] || first["condition"] == ["view": "PA", "finding": ["mass", "nodule"]])
        #expect(first["url"] == .string("/v1/jobs/\(ids[2])/images/1") && first["model"] == "chest")
        let cursor = try #require(page["next_cursor"]?.string)
        let rest = await bench.get("/v1/images?limit=4&cursor=\(cursor)")
        #expect(rest["items"]?.array?.count == 2 && rest["next_cursor"] == .null)
    }

    @Test(arguments: [
        ("cursor=o1", "?cursor"), ("cursor=", "?cursor"), ("limit=0", "?limit"), ("limit=201", "?limit"), ("kind=x", "?kind"), ("model=%2F", "?model"),
        ("condition.view=", "?condition.view"), ("condition.=1", "?condition."), ("page=1", "?page"), ("condition.view=a&condition.view=b", "?condition.view"),
        ((0..<17).map { "condition.a\($0)=1" }.joined(separator: "&"), "?condition"),
    ])
    func whatCannotBeAskedIsToldByName(_ query: String, _ pointer: String) async throws {
        let answer = await (try RoutingBench()).get("/v1/images?\(query)")
        #expect(answer.status == 400 && answer.isProblem)
        #expect(answer["errors"]?.array?.first?["pointer"] == .string(pointer))
    }

    @Test(arguments: ["png", "dicom"]) func anArchiveHasAllImagesWithTheirRecipes(_ format: String) async throws {
        let bench = try RoutingBench()
        let id = try await bench.submit(#"{"steps":1,"count":10,"seed":"40","condition":{"view":"PA","finding":["mass"]}}"#)
        let job = try await bench.end(of: id)
        let answer = await bench.get("/v1/jobs/\(id)/archive?format=\(format)")
        #expect(answer.status == 200 && answer[field: "Content-Type"] == "application/zip")
        #expect(answer[field: "Content-Disposition"] == "attachment; filename=\"chest-\(id).zip\"")
        let bytes = try await whole(answer)
        let entries = try ZipContents(bytes).entries
        let suffix = format == "png" ? "png" : "dcm"
        #expect(entries.count == 21)
        #expect(entries[0].name == "00-40.\(suffix)" && entries[1].name == "00-40.json" && entries.last?.name == "manifest.csv")
        let image = await bench.get("/v1/jobs/\(id)/images/9" + (format == "png" ? "" : ".dcm"))
        #expect(entries[18].content == image.body)
        let lines = String(decoding: entries[20].content, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(lines.count == 12 && lines[0] == "file,seed,labels,sha256")
        let digest = Digest(of: image.body).hexadecimal
        #expect(lines[10].hasPrefix("09-49.\(suffix),49,") && lines[10].hasSuffix(",\(digest)") && lines[10].contains("view=PA"))
        if format == "png" { #expect(job["images"]?.array?[9]["sha256"] == .string(digest)) }
        let tag = try #require(answer[field: "ETag"])
        #expect(await bench.get("/v1/jobs/\(id)/archive?format=\(format)", [.ifNoneMatch: tag]).status == 304)
        #expect(try await whole(await bench.get("/v1/jobs/\(id)/archive?format=\(format)")) == bytes)
    }

    /// Numbers of a row that somebody has written into end no more than this archive.
    @Test(arguments: ["image", "byte_count", "width", "height"], [Int64.max, .min])
    func anEditedRowEndsNoMoreThanItsArchive(_ column: String, _ value: Int64) async throws {
        let store = try SQLiteJobStore(inMemory: .init())
        var settings = RoutingBench.Settings()
        settings.store = store
        let bench = try RoutingBench(settings)
        let id = try await bench.submit(#"{"steps":1,"count":3}"#)
        _ = try await bench.end(of: id)
        _ = try store.inspect("UPDATE images SET \(column) = \(value) WHERE image = 2")
        for format in ["png", "dicom"] {
            let answer = await bench.get("/v1/jobs/\(id)/archive?format=\(format)")
            #expect(answer.status == 200)
            let (_, last) = try await pieces(answer)
            #expect(last == (column == "image" ? .failure : .end), "an image that is not where its row says is missing")
        }
        #expect(await bench.get("/v1/jobs/\(id)").status == 200)
        #expect(await bench.get("/v1/images").status == 200)
        #expect(await bench.get("/v1/jobs/\(id)/deviation").status < 500)
    }

    @Test func thereIsNoArchiveWithoutImages() async throws {
        var settings = RoutingBench.Settings()
        settings.isGated = true
        let bench = try RoutingBench(settings)
        let id = try await bench.submit()
        for status in ["queued", "cancelled"] {
            let answer = await bench.get("/v1/jobs/\(id)/archive")
            #expect(answer.status == 409 && answer.isProblem)
            if status == "cancelled" { #expect(answer["detail"]?.string?.contains("cancelled") == true) }
            _ = await bench.send(.post, "/v1/jobs/\(id)/cancel")
        }
        #expect(await bench.get("/v1/jobs/\(id)/archive?format=tar").status == 400)
        #expect(await bench.get("/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/archive").status == 404)
    }

    @Test func aJobIsPinnedAndUnpinned() async throws {
        let bench = try RoutingBench()
        let id = try await bench.submit()
        let ended = try await bench.end(of: id)
        #expect(ended["pinned"] == false)
        let pinned = await bench.send(.post, "/v1/jobs/\(id)/pin")
        #expect(pinned.status == 200 && pinned["pinned"] == true)
        #expect(pinned[field: "ETag"] != ended[field: "ETag"])
        #expect(await bench.send(.post, "/v1/jobs/\(id)/pin")[field: "ETag"] == pinned[field: "ETag"])
        #expect(await bench.send(.delete, "/v1/jobs/\(id)/pin")["pinned"] == false)
        #expect(await bench.send(.post, "/v1/jobs/01890a5d-ac96-774b-bcce-b302099a8057/pin").status == 404)
    }

    private func whole(_ answer: Answer) async throws -> [UInt8] {
        let (bytes, last) = try await pieces(answer)
        #expect(last == .end)
        return bytes
    }

    /// All bytes of an answer, and the piece after them.
    private func pieces(_ answer: Answer) async throws -> ([UInt8], last: StreamPiece) {
        let stream = try #require(answer.stream)
        var bytes: [UInt8] = []
        while true {
            let piece = await withCheckedContinuation { continuation in
                stream.next(StreamSlot { continuation.resume(returning: $0) })
            }
            guard case .bytes(let more) = piece else { return (bytes, piece) }
            bytes += more
        }
    }
}

/// Reads an archive of stored entries by its directory.
struct ZipContents {
    var entries: [(name: String, content: [UInt8])] = []

    init(_ bytes: [UInt8]) throws {
        func number(_ offset: Int, _ count: Int) -> Int { (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
        let end = bytes.count - 22
        try #require(number(end, 4) == 0x0605_4B50)
        var place = number(end + 16, 4)
        try #require(place + number(end + 12, 4) == end)
        for _ in 0..<number(end + 10, 2) {
            try #require(number(place, 4) == 0x0201_4B50)
            let (size, nameLength, offset) = (number(place + 20, 4), number(place + 28, 2), number(place + 42, 4))
            try #require(number(offset, 4) == 0x0403_4B50 && number(offset + 26, 2) == nameLength)
            let name = String(decoding: bytes[(place + 46)..<(place + 46 + nameLength)], as: UTF8.self)
            let content = Array(bytes[(offset + 30 + nameLength)..<(offset + 30 + nameLength + size)])
            #expect(number(place + 16, 4) == Int(CRC32(of: content).value))
            entries.append((name, content))
            place += 46 + nameLength
        }
    }
}
