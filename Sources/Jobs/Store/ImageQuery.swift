/// A word by which images are found: of a condition the attribute and one of its values. Opaque here.
public struct JobLabel: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(name: String, value: String) { (self.name, self.value) = (name, value) }
}

/// Which images to list; those that were made and not kept, which have no bytes, are in no list.
public struct ImageQuery: Sendable {
    /// nil: any.
    public var kind: String?
    public var model: String?
    /// Whose images; nil: everybody's.
    public var owner: String?
    /// All of which the job has.
    public var labels: [JobLabel]
    /// Clamped to 1...1000.
    public var limit: Int
    /// `ImagePage.nextCursor` of the page before.
    public var cursor: String?

    public init(
        kind: String? = nil, model: String? = nil, labels: [JobLabel] = [], limit: Int = 60, cursor: String? = nil
    ) {
        (self.kind, self.model, self.labels, self.cursor) = (kind, model, labels, cursor)
        self.limit = min(max(1, limit), 1_000)
    }
}

/// An image in a list, with what is told of its job.
public struct ListedImage: Hashable, Sendable {
    /// The job that the image is of.
    public struct Origin: Hashable, Sendable {
        public var id: JobID
        public var kind: String
        public var model: ModelReference
        public var createdAt: Timestamp
        /// JSON; opaque here.
        public var request: [UInt8]

        package init(id: JobID, kind: String, model: ModelReference, createdAt: Timestamp, request: [UInt8]) {
            (self.id, self.kind, self.model) = (id, kind, model)
            (self.createdAt, self.request) = (createdAt, request)
        }
    }

    public var record: ImageRecord
    public var job: Origin

    package init(record: ImageRecord, job: Origin) {
        (self.record, self.job) = (record, job)
    }
}

public struct ImagePage: Sendable {
    /// Those of the job accepted last come first, of one job those of the highest index.
    public var images: [ListedImage]
    /// Opaque; nil on the last page. Images that arrive meanwhile neither shift nor repeat what follows.
    public var nextCursor: String?

    package init(images: [ListedImage], nextCursor: String?) {
        (self.images, self.nextCursor) = (images, nextCursor)
    }
}

extension JobRules {
    /// Where an image stands in the list of all: the order of acceptance of its job, and its index.
    package struct ImagePlace: Hashable, Comparable {
        package var ordinal: Int64
        package var index: Int

        package init(ordinal: Int64, index: Int) { (self.ordinal, self.index) = (ordinal, index) }

        package static func < (left: ImagePlace, right: ImagePlace) -> Bool {
            (left.ordinal, left.index) < (right.ordinal, right.index)
        }
    }

    /// The cursor of a page that ends with the image at this place.
    package static func cursor(_ place: ImagePlace) -> String {
        "i\(String(place.ordinal, radix: 36)).\(String(place.index, radix: 36))"
    }

    /// - Throws: `invalidCursor` for what `cursor(_:)` never gives.
    package static func place(ofCursor cursor: String) throws(JobStoreError) -> ImagePlace {
        let parts = cursor.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard cursor.hasPrefix("i"), parts.count == 2, let ordinal = Int64(parts[0], radix: 36), ordinal > 0,
            let index = Int(parts[1], radix: 36), index >= 0
        else { throw .invalidCursor(cursor) }
        let place = ImagePlace(ordinal: ordinal, index: index)
        guard Self.cursor(place) == cursor else { throw .invalidCursor(cursor) }
        return place
    }
}
