/// One volume of a set, what is known of it, and which slices of it are images.
struct VolumeSource: Sendable {
    /// The path from the folder of the set.
    let file: String
    let header: VolumeHeader
    let frame: Int
    let contrast: String?
    let patient: String
    /// The file with the labels of its voxels, and what they mean; nil where there is none, or none that means a
    /// tumour.
    let mask: (file: String, labels: MaskLabels)?
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
                path: header.path, item: "volume \(frame)",
                expected: "voxels of several values, not further apart than a number of 32 bits holds",
                got: "a constant volume or almost so, or values beyond that")
        }
        self.window = window
        let mask = try self.mask.map { file, labels throws(DatasetError) in
            try VolumeMask(path: "\(root)/\(file)", like: header, labels)
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
                views.pixels(of: index, leftFirst: true) { _, voxel in if mask.isTumour[voxel] { found = true } }
                hasTumour = found
            }
            return Slice(index: index, level: 3 * (index - first) / (last - first + 1), hasTumour: hasTumour)
        }
    }
}
