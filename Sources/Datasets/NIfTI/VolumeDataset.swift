import Bytes
import Dispatch
import Images
import Locking

/// Axial slices of volumes in NIfTI files.
struct VolumeDataset: LabelledDataset {
    private let root: String
    private let settings: VolumeSettings
    private let sources: [VolumeSource]
    /// The volume of each image, and which of its slices it is.
    private let places: [(source: Int, slice: Int)]
    let table: LabelTable
    private let cache: VolumeCache
    let fingerprint: String?
    let notes: [String]

    var count: Int { places.count }
    func group(_ index: Int) -> String { sources[places[index].source].patient }

    func name(_ index: Int) -> String {
        let source = sources[places[index].source]
        return "\(root)/\(source.name), axial slice \(source.slices[places[index].slice].index) from below"
    }

    /// - Throws: `DatasetError` for a volume that is not as it must be, unless such are skipped.
    init(_ settings: DatasetSettings) throws(DatasetError) {
        let finder = try VolumeFinder(settings)
        // From here on the set is in its folder, also where it is one file.
        var settings = settings
        settings.path = finder.root
        let (sources, faults) = try Self.chosen(finder.sources, settings)
        let places = sources.enumerated().flatMap { place, source in
            source.slices.indices.map { (source: place, slice: $0) }
        }
        guard !places.isEmpty else {
            throw DatasetError(
                path: settings.path, expected: "slices of at least \(settings.volumes.foreground) foreground",
                got: "none in \(sources.count) volumes", remedy: (finder.faults + faults).first)
        }
        (root, self.settings, self.sources, self.places) = (settings.path, settings.volumes, sources, places)
        table = try Self.table(sources, places, settings)
        cache = VolumeCache(count: sources.count)
        fingerprint = Self.fingerprint(sources, settings)
        notes = Self.notes(settings.volumes, sources, finder.faults + faults) + finder.notes
    }

    private static func chosen(_ sources: [VolumeSource], _ settings: DatasetSettings) throws(DatasetError) -> (
        [VolumeSource], faults: [String]
    ) {
        let results = Lock([Result<VolumeSource, DatasetError>?](repeating: nil, count: sources.count))
        DispatchQueue.concurrentPerform(iterations: sources.count) { place in
            // After a fault that ends the run no other volume is read.
            let isOver = results.withLock { results in
                settings.onError == .stop && results.contains { if case .failure = $0 { true } else { false } }
            }
            if isOver { return }
            let result = Result { () throws(DatasetError) -> VolumeSource in
                var source = sources[place]
                try source.choose(settings.volumes, root: settings.path)
                return source
            }
            results.withLock { $0[place] = result }
        }
        var chosen: [VolumeSource] = [], faults: [String] = []
        for result in results.withLock({ $0 }) {
            switch result {
            case .success(let source): chosen.append(source)
            case .failure(let error):
                guard settings.onError == .skip else { throw error }
                faults.append("\(error)")
            case nil: break
            }
        }
        return (chosen, faults)
    }

    private static func table(
        _ sources: [VolumeSource], _ places: [(source: Int, slice: Int)], _ settings: DatasetSettings
    ) throws(DatasetError) -> LabelTable {
        let hasMasks = sources.contains { $0.mask != nil }
        let hasContrasts = sources.contains { $0.contrast != nil }
        let known = [("contrast", hasContrasts), ("level", true), ("tumour", hasMasks)].filter(\.1).map(\.0)
        let names = try settings.attributeNames(among: known, standard: known)
        var builders = names.map { name in
            let values = ["level": ["lower", "middle", "upper"], "tumour": ["no", "yes"]][name]
            return LabelColumn(name: name, values: values, path: settings.path)
        }
        for place in places {
            let source = sources[place.source], slice = source.slices[place.slice]
            for builder in builders.indices {
                let value: String?
                switch builders[builder].name {
                case "contrast": value = source.contrast
                case "level": value = ["lower", "middle", "upper"][slice.level]
                default: value = slice.hasTumour.map { $0 ? "yes" : "no" }
                }
                try builders[builder].append(value.map { [$0] } ?? [], place: source.name)
            }
        }
        return try LabelTable(builders)
    }

    private static func fingerprint(_ sources: [VolumeSource], _ settings: DatasetSettings) -> String {
        var accumulator = Digest.Accumulator()
        for source in sources {
            let files = [source.header.voxelsPath, source.mask.map { "\(settings.path)/\($0.file)" } ?? ""]
            let states = files.map { DatasetFiles.status($0)?.fingerprint ?? "" }
            accumulator.append(Array("\(source.name) \(states) \(source.slices.map(\.index))\n".utf8))
        }
        accumulator.append(settings.volumes.json.serialized(sortedKeys: true))
        return "nifti \(accumulator.digest)"
    }

    private static func notes(_ settings: VolumeSettings, _ sources: [VolumeSource], _ faults: [String]) -> [String] {
        let side = settings.leftFirst ? "left on the left (neurological)" : "right on the left (radiological)"
        var notes = [
            "axial slices, the front up, the subject's \(side)",
            "groups are patients, as the files' names tell them",
            "\(sources.count) volumes, \(sources.count { $0.mask != nil }) of them with a mask",
        ]
        let unnamed = sources.filter { $0.contrast == nil }
        if let first = unnamed.first {
            notes.append("\(unnamed.count) volumes' names tell no contrast, the first \(first.file)")
        }
        if !faults.isEmpty { notes.append("\(faults.count) volumes were left out:") }
        return notes + faults.prefix(20)
    }

    func pixels(_ index: Int) throws -> PixelImage {
        let place = places[index], source = sources[place.source]
        guard let window = source.window else {
            throw DatasetError(path: name(index), expected: "a window", got: "none")
        }
        let samples = try cache.samples(place.source) { () throws(DatasetError) -> [UInt16] in
            try source.header.voxels(frame: source.frame).map(window.sample)
        }
        let views = AxialSlices(source.header)
        var pixels = [UInt16](repeating: 0, count: views.width * views.height)
        views.pixels(of: source.slices[place.slice].index, leftFirst: settings.leftFirst) { pixel, voxel in
            pixels[pixel] = samples[voxel]
        }
        let picture = try PixelImage(
            width: views.width, height: views.height, channels: 1, bitDepth: 16, samples: pixels)
        return try Self.squared(picture, spacing: source.header.orientation.spacing)
    }

    /// Pixels that are no squares become such, of the shorter side.
    private static func squared(_ picture: PixelImage, spacing: [Double]) throws -> PixelImage {
        let (across, down) = (spacing[0], spacing[1])
        guard (across / down - 1).magnitude > 0.01 else { return picture }
        let side = min(across, down)
        return try picture.resized(
            height: Int((Double(picture.height) * down / side).rounded()),
            width: Int((Double(picture.width) * across / side).rounded()), filter: .bilinear)
    }
}
