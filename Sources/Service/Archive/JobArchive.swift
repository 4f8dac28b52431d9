import Bytes
import Dispatch
import HTTP
import Images
import Imaging
import JSON
import Jobs
import Locking

/// All images of a job as one archive, with their recipes and a table of them, made piece by piece while the client
/// takes it: no more than two are ever in memory, the one that is sent and the next.
final class JobArchive: Sendable {
    enum Format: String, CaseIterable, Sendable { case png, dicom }

    private struct State {
        var zip = ZipWriter()
        var next = 0
        var manifest = Array("file,seed,labels,sha256\r\n".utf8)
        var isComplete = false
        /// Made while the one before was sent.
        var ready: Result<[UInt8], any Error>?
    }

    /// Bytes of images after which no further one is added to a piece.
    private static let pieceBytes = 192 << 10
    /// What an image has beside its own bytes, about: its recipe and two headers.
    private static let bytesBeside = 2_048

    private let desk: JobDesk
    private let job: Job
    /// Those of the job's images that were kept.
    private let images: [ImageRecord]
    private let format: Format
    private let labels: String
    /// As the table has them.
    private let quotedLabels: String
    private let state = Lock(State())

    /// - Parameter job: with images.
    init(_ job: Job, _ format: Format, desk: JobDesk) {
        images = job.images.filter { !$0.isWithheld }
        (self.job, self.format, self.desk) = (job, format, desk)
        labels = Self.labels(of: job)
        // A value that a spreadsheet would take for a formula does not begin one: attributes stand in front of it.
        quotedLabels = CSVField.text(labels)
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
                    let piece = try state.withLock { state in
                        defer { state.ready = nil }
                        return try state.ready?.get() ?? next(&state)
                    }
                    guard !piece.isEmpty else { return slot.finish() }
                    slot.send(piece)
                    state.withLock { state in state.ready = Result { try next(&state) } }
                } catch {
                    // The client sees an incomplete body (RFC 9112 section 8): the job was deleted meanwhile.
                    slot.fail()
                }
            }
        }
    }

    private func next(_ state: inout State) throws -> [UInt8] {
        var piece: [UInt8] = []
        guard !state.isComplete else { return piece }
        var last = state.next, bytes = 0
        while last < images.count, bytes < Self.pieceBytes {
            bytes += images[last].byteCount
            last += 1
        }
        if last > state.next {
            let indices = images[state.next].index..<images[last - 1].index + 1
            let stored = try desk.board.images(indices, of: job.id).filter { !$0.record.isWithheld }
            guard stored.count == last - state.next else { throw JobStoreError.notFound(job.id) }
            // As large as they are, whatever their rows say.
            piece.reserveCapacity(stored.reduce(0) { $0 + $1.bytes.count + Self.bytesBeside })
            for image in stored { try add(image.record, image.bytes, to: &piece, &state) }
            state.next = last
        } else {
            add("manifest.csv", state.manifest, to: &piece, &state)
            piece += state.zip.end()
            state.isComplete = true
        }
        return piece
    }

    private func add(
        _ record: ImageRecord, _ png: [UInt8], to piece: inout [UInt8], _ state: inout State
    ) throws {
        let number = String(record.index), width = String(job.images.count).count
        let name = String(repeating: "0", count: max(0, width - number.count)) + "\(number)-\(record.seed)"
        let (suffix, content) = format == .png ? ("png", png) : ("dcm", try SyntheticImage.dicom(png))
        add("\(name).\(suffix)", content, to: &piece, &state)
        if let recipe = try PNGDecoder.text(Provenance.recipeKeyword, of: png, limits: .made) {
            add("\(name).json", Array(recipe.utf8), to: &piece, &state)
        }
        let digest = format == .png ? record.sha256 : Digest(of: content).hexadecimal
        state.manifest += "\(name).\(suffix),\(record.seed),\(quotedLabels),\(digest)\r\n".utf8
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
}
