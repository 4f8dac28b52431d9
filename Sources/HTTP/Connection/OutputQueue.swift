/// Bytes waiting for the socket, in order. Large bodies are kept as they are, not copied together.
struct OutputQueue {
    private var chunks: [ArraySlice<UInt8>] = []
    private(set) var count = 0

    /// Chunks up to this size are joined with the one before, so that a head and a small body leave in one piece.
    private static let joined = 16_384

    var isEmpty: Bool { count == 0 }

    mutating func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        count += bytes.count
        if let last = chunks.last, last.count + bytes.count <= OutputQueue.joined {
            chunks[chunks.count - 1] = last + bytes
        } else {
            chunks.append(bytes[...])
        }
    }

    /// What to offer the socket next, and whether more follows it.
    var front: (bytes: ArraySlice<UInt8>, isLast: Bool)? {
        chunks.first.map { ($0, chunks.count == 1) }
    }

    /// The socket took `taken` bytes of the front.
    mutating func removeFirst(_ taken: Int) {
        guard let first = chunks.first else { return }
        let removed = min(taken, first.count)
        count -= removed
        if removed == first.count {
            chunks.removeFirst()
        } else {
            chunks[0] = first.dropFirst(removed)
        }
    }

    mutating func removeAll() {
        chunks = []
        count = 0
    }
}
