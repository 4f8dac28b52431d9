/// A volume seen from below or above: axial slices of it, the front up.
struct AxialSlices: Sendable {
    let header: VolumeHeader
    /// Pixels from left to right, from front to back, and slices from bottom to top.
    let width: Int
    let height: Int
    let count: Int

    init(_ header: VolumeHeader) {
        self.header = header
        let sides = header.orientation.axes.map { header.sides[$0] }
        (width, height, count) = (sides[0], sides[1], sides[2])
    }

    /// Calls `body` for each pixel of slice `index`, row by row from the front: with its number there, and the place of
    /// its voxel in the file's order.
    /// - Parameter leftFirst: whether the subject's left side is on the left of the picture.
    func pixels(of index: Int, leftFirst: Bool, _ body: (_ pixel: Int, _ voxel: Int) -> Void) {
        let orientation = header.orientation
        let strides = [1, header.sides[0], header.sides[0] * header.sides[1]]
        let steps = orientation.axes.map { strides[$0] }
        func place(_ direction: Int, _ position: Int, _ length: Int) -> Int {
            (orientation.isFlipped[direction] ? length - 1 - position : position) * steps[direction]
        }
        let slice = place(2, index, count)
        let columns = (0..<width).map { place(0, leftFirst ? $0 : width - 1 - $0, width) }
        for row in 0..<height {
            let line = slice + place(1, height - 1 - row, height)
            for column in 0..<width { body(row * width + column, line + columns[column]) }
        }
    }
}
