import Dispatch
import Images
import Locking

extension DatasetSettings {
    /// What is taken from the first of these images for all of them, such as their size or colours. Where images that
    /// cannot be read are left out, it is the first that can be.
    /// - Throws: what reading the first of them throws; `DatasetError` where there is none.
    package func first<Facts>(
        of dataset: any Dataset, among indices: some Sequence<Int>, _ facts: (Int, PixelImage) -> Facts
    ) throws -> Facts {
        var reason: (any Error)?
        for index in indices {
            do {
                return facts(index, try dataset.pixels(index))
            } catch {
                guard onError == .skip else { throw error }
                reason = reason ?? error
            }
        }
        throw reason ?? DatasetError(path: path, expected: "at least one image", got: "none")
    }

    /// Those of a set's images that can be read, where others are left out, and why the others cannot; else all of
    /// them.
    package func readable(_ dataset: any Dataset) -> (indices: [Int], faults: [String]) {
        guard onError == .skip else { return (Array(0..<dataset.count), []) }
        let faults = Lock<[Int: String]>([:])
        DispatchQueue.concurrentPerform(iterations: dataset.count) { index in
            do {
                _ = try dataset.pixels(index)
            } catch {
                faults.withLock { $0[index] = "\(error)" }
            }
        }
        let found = faults.withLock { $0 }
        return (
            (0..<dataset.count).filter { found[$0] == nil }, found.sorted { $0.key < $1.key }.map(\.value)
        )
    }

    /// These images as the transform makes them, without those that cannot be read where such are left out.
    func pictures(
        _ indices: [Int], of dataset: any Dataset, by transform: PixelTransform
    ) throws -> [PixelImage] {
        try indices.compactMap { index in
            do {
                return try transform.apply(try dataset.pixels(index), name: dataset.name(index))
            } catch {
                guard onError == .skip else { throw error }
                return nil
            }
        }
    }
}

extension PixelImage {
    /// The channels of a network that shows what is seen of the picture: 1 where no pixel has a colour, else 3.
    package var seenChannels: Int { droppingAlpha().inGrey() == nil ? 3 : 1 }
}
