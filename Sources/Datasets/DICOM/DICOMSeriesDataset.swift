import Bytes
import Images

/// DICOM files of one frame below a folder: series by series, each in the order of its slices' positions.
struct DICOMSeriesDataset: LabelledDataset {
    private let files: [String]
    private let groups: [String]
    let table: LabelTable
    let fingerprint: String?
    let notes: [String]

    var count: Int { files.count }
    func group(_ index: Int) -> String { groups[index] }
    func name(_ index: Int) -> String { files[index] }

    func pixels(_ index: Int) throws -> PixelImage {
        let path = files[index]
        let bytes = try DatasetFiles.bytes(path)
        do { return try DICOMDecoder.decode(bytes, pixels: PictureFile.mostPixels).image } catch {
            throw DatasetError(path: path, item: error.what, expected: error.expected, got: error.got)
        }
    }

    /// A file with what it says of its image.
    private struct Slice {
        let path: String
        let facts: DICOMFacts
    }

    /// What lies in a folder.
    private struct Found {
        var series: [String: [Slice]] = [:]
        var faults: [String] = []
        /// Files without pixels: reports, annotations.
        var others = 0

        init(_ settings: DatasetSettings) throws(DatasetError) {
            for file in try DatasetFiles.list(below: settings.path) where NIHEntry.file(of: file) != "DICOMDIR" {
                let path = "\(settings.path)/\(file)"
                do throws(DatasetError) {
                    guard let facts = try DICOMSeriesDataset.facts(path) else { continue }
                    if facts.hasPixels {
                        series[facts.series ?? path, default: []].append(Slice(path: path, facts: facts))
                    } else {
                        others += 1
                    }
                } catch {
                    guard settings.onError == .skip else { throw error }
                    faults.append("\(error)")
                }
            }
            guard !series.isEmpty else {
                throw DatasetError(path: settings.path, expected: "DICOM images", got: "none", remedy: faults.first)
            }
        }
    }

    /// - Throws: `DatasetError` for a file that is damaged, unless such are skipped; or where there is no DICOM image.
    init(_ settings: DatasetSettings) throws(DatasetError) {
        let found = try Found(settings)
        var chosen: [Slice] = []
        var left = 0
        for (_, slices) in found.series.sorted(by: { $0.key < $1.key }) {
            let kept = Self.spaced(Self.ordered(slices), distance: settings.volumes.distance)
            left += slices.count - kept.count
            chosen += kept
        }
        files = chosen.map(\.path)
        groups = chosen.map { $0.facts.patient ?? $0.facts.study ?? $0.path }
        table = try Self.table(chosen, settings)
        var accumulator = Digest.Accumulator()
        for path in files {
            accumulator.append(Array("\(path) \(DatasetFiles.status(path)?.fingerprint ?? "")\n".utf8))
        }
        fingerprint = "dicom \(accumulator.digest)"
        var notes = ["\(found.series.count) series; groups are patients (0010,0020)"]
        if left > 0 {
            notes.append("\(left) slices nearer than \(settings.volumes.distance) mm to another were left out")
        }
        if found.others > 0 { notes.append("\(found.others) files without pixels were passed over") }
        if !found.faults.isEmpty { notes.append("\(found.faults.count) files were left out:") }
        self.notes = notes + found.faults.prefix(20)
    }

    /// Nil for a file that neither is DICOM nor has its name.
    private static func facts(_ path: String) throws(DatasetError) -> DICOMFacts? {
        let isNamedSo = path.lowercased().hasSuffix(".dcm")
        let bytes = try DatasetFiles.bytes(path)
        guard isNamedSo || DICOMDecoder.accepts(bytes) else { return nil }
        do { return try DICOMFacts(bytes) } catch {
            throw DatasetError(path: path, item: error.what, expected: error.expected, got: error.got)
        }
    }

    /// The slices by position, where every file has one; else by instance number, then by name.
    private static func ordered(_ slices: [Slice]) -> [Slice] {
        let havePositions = slices.allSatisfy { $0.facts.position != nil }
        return slices.sorted { first, second in
            let places = [first, second].map { (havePositions ? $0.facts.position : $0.facts.instance) ?? 0 }
            return places[0] == places[1] ? first.path < second.path : places[0] < places[1]
        }
    }

    private static func spaced(_ slices: [Slice], distance: Double) -> [Slice] {
        guard slices.count > 1, slices.allSatisfy({ $0.facts.position != nil }) else { return slices }
        var kept: [Slice] = []
        var last = -Double.infinity
        for slice in slices {
            let position = slice.facts.position ?? 0
            if position - last < distance - 1e-3 { continue }
            kept.append(slice)
            last = position
        }
        return kept
    }

    private static func table(_ slices: [Slice], _ settings: DatasetSettings) throws(DatasetError) -> LabelTable {
        let all: [(String, @Sendable (DICOMFacts) -> String?)] = [
            ("modality", { $0.modality }), ("view", { $0.view }), ("body_part", { $0.bodyPart }),
        ]
        let known = all.filter { attribute in slices.contains { attribute.1($0.facts) != nil } }
        let standard = known.map(\.0).filter { $0 == "modality" }
        var builders: [LabelColumn] = []
        for name in try settings.attributeNames(among: known.map(\.0), standard: standard) {
            var builder = LabelColumn(name: name, path: settings.path)
            let read = known.first { $0.0 == name }?.1
            for slice in slices {
                try builder.append(read?(slice.facts).map { [$0] } ?? [], place: slice.path)
            }
            builders.append(builder)
        }
        return try LabelTable(builders)
    }
}
