/// Which voxels of a volume are tumour.
struct VolumeMask {
    let isTumour: [Bool]

    /// - Throws: `DatasetError` for a mask of another shape or orientation, or other labels.
    init(path: String, like volume: VolumeHeader, _ labels: MaskLabels) throws(DatasetError) {
        let header = try VolumeHeader(path: path)
        guard header.sides == volume.sides, header.frames == 1, header.orientation.axes == volume.orientation.axes,
            header.orientation.isFlipped == volume.orientation.isFlipped
        else {
            throw DatasetError(
                path: path, expected: "a mask of \(volume.sides) voxels, turned as its volume",
                got: "\(header.sides), \(header.frames) volumes")
        }
        let meanings = (0...labels.last).map(labels.tumour.contains)
        var isTumour: [Bool] = []
        isTumour.reserveCapacity(header.count)
        for (place, value) in try header.voxels(frame: 0).enumerated() {
            guard value >= 0, value <= Float(labels.last), value == value.rounded() else {
                throw DatasetError(
                    path: path, item: "voxel \(place)", expected: "a label 0 ... \(labels.last)", got: "\(value)")
            }
            isTumour.append(meanings[Int(value)])
        }
        self.isTumour = isTumour
    }
}
