import Bytes
import Dispatch
import HTTP
import Images
import Imaging
import JSON
import Jobs
import Locking

/// All images of a job as one archive, with their recipes and a table of them, made image by image while the client
/// takes it: no more than one piece is ever in memory.
final class JobArchive: Sendable {
    enum Format: String, CaseIterable, Sendable { case png, dicom }

    private struct State {
        var zip = ZipWriter()
        var next = 0
        var manifest = Array("file,seed,labels,sha256\r\n".utf8)
        var isComplete = false
    }

    /// Bytes of a piece after which no further image is added to it.
    private static let pieceBytes = 128 << 10

    private let desk: JobDesk
    private let job: Job
    /// Those of the job's images that were kept.
    private let images: [ImageRecord]
    private let format: Format
    private let labels: String
    private let state = Lock(State())

    /// - Parameter job: with images.
    init(_ job: Job, _ format: Format, desk: JobDesk) {
        images = job.images.filter { !$0.isWithheld }
        (self.job, self.format, self.desk) = (job, format, desk)
        labels = Self.labels(of: job)
    }

    /// Equal images make equal archives.
    var tag: EntityTag {
        EntityTag(Digest(of: "\(format.rawValue) \(labels) " + images.map(\.sha256).joined()).hexadecimal)
    }

    /// Made on the lane that reads and converts files.
    var stream: ResponseStream {
        let lane = desk.lanes.converting
        return ResponseStream { [self] slot in
            lane.async { [self] in
                do {
                    let piece = try state.withLock { state in try next(&state) }
                    if piece.isEmpty { slot.finish() } else { slot.send(piece) }
                } catch {
                    // The client sees an incomplete body (RFC 9112 section 8): the job was deleted meanwhile.
                    slot.fail()
                }
            }
        }
    }

    private func next(_ state: inout State) throws -> [UInt8] {
        var piece: [UInt8] = []
        while piece.count < Self.pieceBytes, !state.isComplete {
            guard state.next < images.count else {
                add("manifest.csv", state.manifest, to: &piece, &state)
                piece += state.zip.end()
                state.isComplete = true
                break
            }
            try add(images[state.next], to: &piece, &state)
            state.next += 1
        }
        return piece
    }

    private func add(_ record: ImageRecord, to piece: inout [UInt8], _ state: inout State) throws {
        let png = try desk.board.image(record.index, of: job.id).bytes
        let number = String(record.index), width = String(job.images.count).count
        let name = String(repeating: "0", count: max(0, width - number.count)) + "\(number)-\(record.seed)"
        let (suffix, content) = format == .png ? ("png", png) : ("dcm", try SyntheticImage.dicom(png))
        add("\(name).\(suffix)", content, to: &piece, &state)
        if let recipe = try PNGDecoder.texts(png).only(Provenance.recipeKeyword) {
            add("\(name).json", Array(recipe.utf8), to: &piece, &state)
        }
        let digest = format == .png ? record.sha256 : Digest(of: content).hexadecimal
        state.manifest += "\(name).\(suffix),\(record.seed),\(Self.quoted(labels)),\(digest)\r\n".utf8
    }

    private func add(_ name: String, _ content: [UInt8], to piece: inout [UInt8], _ state: inout State) {
        piece += state.zip.begin(name, content)
        piece += content
    }

    /// What was asked to be seen: `view=PA; finding=Effusion+Mass`.
    private static func labels(of job: Job) -> String {
        guard let condition = (try? JSONReader().read(job.request))?["condition"]?.object else { return "" }
        return condition.map { name, value in
            let values = value.array?.compactMap(\.string) ?? [value.string ?? ""]
            return "\(name)=\(values.joined(separator: "+"))"
        }.joined(separator: "; ")
    }

    /// RFC 4180 section 2. A value that a spreadsheet would take for a formula does not begin one: attributes stand in
    /// front of it.
    private static func quoted(_ text: String) -> String {
        guard text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
