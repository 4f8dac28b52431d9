// generate.swift [ADDRESS [MODEL]]: one image, with Foundation alone; writes swift.png into the working directory. Where the
// service has several models it wants to know which.
//
//     swiftc generate.swift -o generate && ./generate http://127.0.0.1:8080 chest64
import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

struct Job: Decodable {
    struct Image: Decodable { let url: String? }
    struct Links: Decodable { let `self`: String }
    let id, status: String
    let images: [Image]
    let urls: Links
    var hasEnded: Bool { ["succeeded", "failed", "cancelled"].contains(status) }
}

struct Refused: Error { let answer: String }

let address = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "http://127.0.0.1:8080"

func ask(_ path: String, body: String? = nil) async throws -> Data {
    var request = URLRequest(url: URL(string: address + path)!)
    if let token = ProcessInfo.processInfo.environment["PHANTOM_TOKEN"] {
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
    }
    if let body {
        request.httpMethod = "POST"
        request.httpBody = Data(body.utf8)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    }
    let (data, response) = try await URLSession.shared.data(for: request)
    let status = (response as? HTTPURLResponse)?.statusCode ?? 0
    // A refusal is a problem document, which says what to change.
    guard (200...299).contains(status) else { throw Refused(answer: "\(status): \(String(decoding: data, as: UTF8.self))") }
    return data
}

let model = CommandLine.arguments.count > 2 ? #", "model": "\#(CommandLine.arguments[2])""# : ""

func job(_ data: Data) throws -> Job { try JSONDecoder().decode(Job.self, from: data) }

var present = try job(await ask("/v1/generations", body: #"{"seed": 7\#(model)}"#))
// Each request waits for the next change of the job, up to 50 seconds.
while !present.hasEnded { present = try job(await ask("\(present.urls.`self`)?wait=50")) }
guard present.status == "succeeded", let url = present.images.first?.url else {
    throw Refused(answer: "the job \(present.id) is \(present.status)")
}
try await ask(url).write(to: URL(fileURLWithPath: "swift.png"))
print("\(present.urls.`self`): swift.png")
