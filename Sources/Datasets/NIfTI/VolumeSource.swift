/// One volume of a set, what is known of it, and which slices of it are images.
struct VolumeSource: Sendable {
    /// The path from the folder of the set.
    let file: String
    let header: VolumeHeader
    let frame: Int
    let contrast: String?
    let patient: String
    /// The file with the labels of its voxels; nil without.
    let mask: String?
    var window: VolumeWindow?
    var slices: [Slice] = []

    struct Slice: Sendable {
        /// Its number from the bottom.
        let index: Int
        /// 0 lower, 1 middle, 2 upper third of the slices with enough foreground.
        let level: Int
        /// Whether its mask shows a tumour; nil without a mask.
        let hasTumour: Bool?
    }

    /// The name by which messages call it.
    var name: String { header.frames == 1 ? file : "\(file), volume \(frame)" }

    /// Reads the volume, finds its window, and chooses its slices.
    /// - Throws: `DatasetError` for voxels that are no numbers, a constant volume, or a mask that does not fit.
    mutating func choose(_ settings: VolumeSettings, root: String) throws(DatasetError) {
        let voxels = try header.voxels(frame: frame)
        guard let window = VolumeWindow(voxels, quantiles: settings.quantiles) else {
            throw DatasetError(
                path: header.path, item: "volume \(frame)", expected: "voxels of several values",
                got: "a constant volume, or almost so")
        }
        self.window = window
        let mask = try self.mask.map { path throws(DatasetError) in
            try VolumeMask(path: "\(root)/\(path)", like: header)
        }
        let views = AxialSlices(header)
        let full = (0..<views.count).filter { index in
            var foreground = 0
            views.pixels(of: index, leftFirst: true) { _, voxel in
                if window.isForeground(voxels[voxel]) { foreground += 1 }
            }
            return Double(foreground) >= settings.foreground * Double(views.width * views.height)
        }
        guard let first = full.first, let last = full.last else { return }
        // So many slices on that the distance is reached, and the middle one is among them.
        let step = max(1, Int((settings.distance / header.orientation.spacing[2] - 1e-3).rounded(.up)))
        let middle = (first + last) / 2
        slices = full.filter { ($0 - middle) % step == 0 }.map { index in
            var hasTumour: Bool?
            if let mask {
                var found = false
                views.pixels(of: index, leftFirst: true) { _, voxel in if mask.labels[voxel] > 0 { found = true } }
                hasTumour = found
            }
            return Slice(index: index, level: 3 * (index - first) / (last - first + 1), hasTumour: hasTumour)
        }
    }
}

/// The labels of a volume's voxels, as BraTS gives them: 0 nothing, 1 necrosis, 2 oedema, 3 (from 2023) or 4 (before)
/// enhancing tumour.
struct VolumeMask {
    let labels: [Int8]

    /// - Throws: `DatasetError` for a mask of another shape or orientation, or other labels.
    init(path: String, like volume: VolumeHeader) throws(DatasetError) {
        let header = try VolumeHeader(path: path)
        guard header.sides == volume.sides, header.frames == 1, header.orientation.axes == volume.orientation.axes,
            header.orientation.isFlipped == volume.orientation.isFlipped
        else {
            throw DatasetError(
                path: path, expected: "a mask of \(volume.sides) voxels, turned as its volume",
                got: "\(header.sides), \(header.frames) volumes")
        }
        var labels: [Int8] = []
        labels.reserveCapacity(header.count)
        for (place, value) in try header.voxels(frame: 0).enumerated() {
            guard value >= 0, value <= 4, value == value.rounded() else {
                throw DatasetError(path: path, item: "voxel \(place)", expected: "a label 0 ... 4", got: "\(value)")
            }
            labels.append(Int8(value))
        }
        self.labels = labels
    }
}
