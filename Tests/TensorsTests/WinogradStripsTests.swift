import Testing

@testable import Tensors

struct WinogradStripsTests {
    /// Every tile row gets every channel once, and no thread more than another.
    @Test(arguments: [(11, 128, 2), (11, 32, 2), (5, 64, 4), (9, 48, 2), (17, 144, 8)])
    func evenPiecesCoverAnImageOnce(rows: Int, columns: Int, threads: Int) throws {
        let pieces = try #require(WinogradStrips.even(rows: rows, channels: 0..<columns, threads: threads))
        var seen = [Int](repeating: 0, count: rows * columns)
        for piece in pieces {
            for row in piece.rows { for channel in piece.channels { seen[row * columns + channel] += 1 } }
        }
        #expect(seen.allSatisfy { $0 == 1 })
        #expect(pieces.allSatisfy { $0.channels.lowerBound % 16 == 0 && $0.channels.upperBound % 16 == 0 })
        // The team deals items out in order: a thread's own are as many as any other's.
        let each = pieces.count / threads
        #expect(pieces.count == each * threads)
        for thread in 0..<threads {
            #expect(pieces[thread * each].rows.count == rows / threads)
            for piece in pieces[thread * each + 1..<(thread + 1) * each] {
                #expect(piece.rows.count == 1 && abs(piece.channels.count - columns / threads) <= 16)
            }
        }
    }

    /// None left, more rows than it pays for, fewer rows or panels than threads.
    @Test(arguments: [(12, 128, 2), (11, 128, 4), (1, 64, 2), (11, 16, 2)])
    func otherwiseRowsAreCut(rows: Int, columns: Int, threads: Int) {
        #expect(WinogradStrips.even(rows: rows, channels: 0..<columns, threads: threads) == nil)
    }
}
