import Dispatch
import HTTP

/// Where handlers run that wait for a disk or compute. Each is one thread, and so a lock: whoever waits in a lane waits
/// for all before him. Nothing that costs more than a row runs where rows are read or written.
package struct Lanes: Sendable {
    /// The database takes requests one after the other anyway, and what waits here takes no thread.
    let reading = DispatchQueue(label: "phantom.reading")
    let writing = DispatchQueue(label: "phantom.writing")
    /// Makes files of another format out of stored ones.
    let converting = DispatchQueue(label: "phantom.converting", qos: .utility)
    /// Compares the images of a job.
    let comparing = DispatchQueue(label: "phantom.comparing", qos: .utility)
    /// Where requests without pictures are decoded, hashed and checked, which takes as long as the body is.
    private let requests = Self.bodySizes.map { DispatchQueue(label: "phantom.requests.\($0)") }
    /// Where requests with pictures are. Of these no size tells how long they take: a picture of a few bytes may have
    /// as many pixels as one of megabytes.
    private let uploads = Self.bodySizes.map { DispatchQueue(label: "phantom.uploads.\($0)") }

    package init() {}

    /// Bodies up to each of these sizes have a lane of their own for being decoded and checked: a body waits for others
    /// of its own size, and never a small one for a large one. So few at a time are in memory decoded.
    private static let bodySizes = [64 << 10, 1 << 20, Int.max]

    /// The lane for a body of this content and framing; one that does not say its size counts as large.
    package func planning(_ content: Route.Content, _ framing: BodyFraming) -> DispatchQueue {
        let size =
            switch framing {
            case .none: 0
            case .length(let length): length
            case .chunked: Int.max
            }
        let place = Self.bodySizes.firstIndex { size <= $0 } ?? Self.bodySizes.count - 1
        return content == .json ? requests[place] : uploads[place]
    }
}
