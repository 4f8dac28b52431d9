/// The pieces of a picture within which neighbours have equal values.
struct ConnectedPieces {
    /// The piece of each pixel, counted from 0 in the order of their first pixels.
    let pieces: [Int]
    /// The value, the pixels of each piece.
    let values: [Int]
    let sizes: [Int]

    /// - Parameter diagonals: whether pixels that touch at a corner are neighbours.
    init(_ picture: [Int], width: Int, height: Int, diagonals: Bool) {
        var pieces = [Int](repeating: -1, count: picture.count), values: [Int] = [], sizes: [Int] = []
        var waiting: [Int] = []
        for start in picture.indices where pieces[start] < 0 {
            pieces[start] = values.count
            waiting.append(start)
            var size = 0
            while let place = waiting.popLast() {
                size += 1
                let (row, column) = place.quotientAndRemainder(dividingBy: width)
                for y in max(row - 1, 0)...min(row + 1, height - 1) {
                    for x in max(column - 1, 0)...min(column + 1, width - 1) {
                        let next = y * width + x
                        guard pieces[next] < 0, picture[next] == picture[start], diagonals || x == column || y == row
                        else { continue }
                        pieces[next] = values.count
                        waiting.append(next)
                    }
                }
            }
            values.append(picture[start])
            sizes.append(size)
        }
        (self.pieces, self.values, self.sizes) = (pieces, values, sizes)
    }
}
