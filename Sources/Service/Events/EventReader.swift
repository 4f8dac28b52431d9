/// How far one stream has come: a pure state machine, asked for the next piece whenever its client has taken the one
/// before. It keeps no queue, so a client that does not read costs a few numbers: what it may miss it misses, and what
/// it may not it finds in the feed or in the store.
package struct EventReader {
    package typealias Instant = ContinuousClock.Instant

    /// What a reader that is asked has to say.
    package enum Piece: Equatable {
        case bytes([UInt8])
        /// The feed does not go back so far: read the store, and give it to `catchUp`.
        case behind(after: Int64)
        /// Nothing yet.
        case nothing
        case end
    }

    /// Bytes of a piece after which no further event is added to it.
    package static let pieceBytes = 16_384
    /// A stream on which nothing happens says so this often.
    package static let silence = Duration.seconds(15)
    /// Milliseconds after which clients of a service that stops are to try again.
    private static let retryAfterStop = 3_000

    private var opening: [UInt8]
    /// Everything up to this occurrence has been told, as far as it is for this stream.
    package private(set) var sequence: Int64
    private var generation = 0
    private var lastPiece: Instant
    private var isLastTold: Bool
    private var isClosing = false

    /// - Parameters:
    ///   - opening: what the stream begins with.
    ///   - sequence: the occurrence after which it goes on.
    ///   - isWhole: whether nothing comes after the opening.
    package init(opening: [UInt8], after sequence: Int64, isWhole: Bool = false, at now: Instant) {
        (self.opening, self.sequence, isLastTold, lastPiece) = (opening, sequence, isWhole, now)
    }

    /// The stream is to end after what there is to tell at present.
    package mutating func close() { isClosing = true }

    package mutating func next(_ feed: EventFeed, at now: Instant) -> Piece {
        var bytes = opening
        opening = []
        if !isLastTold {
            guard let news = feed.occurrences(after: sequence) else {
                return bytes.isEmpty ? .behind(after: sequence) : piece(bytes, now)
            }
            add(news, upTo: feed.sequence, to: &bytes)
            // What may be skipped comes after what may not, so that it is never older.
            if !isLastTold, bytes.count < Self.pieceBytes, sequence >= feed.sequence {
                let texts = feed.texts(after: generation)
                // Not appended to nothing, which would be a copy for each of a thousand.
                if bytes.isEmpty { bytes = texts } else { bytes += texts }
                generation = feed.generation
            }
        }
        if !bytes.isEmpty { return piece(bytes, now) }
        if isLastTold { return .end }
        if isClosing {
            isLastTold = true
            return piece(ServerSentEvent.retry(milliseconds: Self.retryAfterStop), now)
        }
        return now - lastPiece >= Self.silence ? piece(ServerSentEvent.comment, now) : .nothing
    }

    /// Whether there is nothing to tell but that the stream lives.
    package func isUpToDate(with feed: EventFeed) -> Bool {
        opening.isEmpty && !isLastTold && !isClosing && sequence >= feed.sequence && generation == feed.generation
    }

    /// Goes on with what the store has after `sequence`.
    package mutating func catchUp(_ news: EventNews, at now: Instant) -> Piece {
        var bytes: [UInt8] = []
        add(news.told[...], upTo: news.end, to: &bytes)
        return bytes.isEmpty ? .nothing : piece(bytes, now)
    }

    /// Tells as many as a piece takes.
    /// - Parameter end: the occurrence up to which these are all that there is to tell.
    private mutating func add(_ occurrences: ArraySlice<ToldOccurrence>, upTo end: Int64, to bytes: inout [UInt8]) {
        for occurrence in occurrences {
            guard bytes.count < Self.pieceBytes, !isLastTold else { return }
            bytes += occurrence.text
            sequence = occurrence.sequence
            isLastTold = occurrence.isLast
        }
        sequence = max(sequence, end)
    }

    private mutating func piece(_ bytes: [UInt8], _ now: Instant) -> Piece {
        lastPiece = now
        return .bytes(bytes)
    }
}
