import Locking

/// The volumes that were shown last, as samples of 16 bits: slices of one are asked for one after the other.
final class VolumeCache: Sendable {
    private let slots: [Slot]
    private let recent = Lock<[Int]>([])
    /// Volumes that are kept: one of each thread, and one more.
    private static let most = 3

    private final class Slot: Sendable {
        let samples = Lock<[UInt16]?>(nil)
    }

    init(count: Int) { slots = (0..<count).map { _ in Slot() } }

    /// The samples of volume `index`, read where they are not kept; whoever asks for a volume that is being read waits.
    func samples(_ index: Int, _ read: () throws(DatasetError) -> [UInt16]) throws(DatasetError) -> [UInt16] {
        let samples = try slots[index].samples.withLock { (kept) throws(DatasetError) -> [UInt16] in
            if let kept { return kept }
            let made = try read()
            kept = made
            return made
        }
        let old = recent.withLock { recent -> [Int] in
            recent.removeAll { $0 == index }
            recent.append(index)
            let old = Array(recent.dropLast(Self.most))
            recent = Array(recent.suffix(Self.most))
            return old
        }
        // No other lock is held here.
        for place in old { slots[place].samples.withLock { $0 = nil } }
        return samples
    }
}
