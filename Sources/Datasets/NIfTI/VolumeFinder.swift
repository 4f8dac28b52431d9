import JSON

/// The volumes of a folder, or one of them, with their masks: files as BraTS (2018 to 2024) and IXI name them, or a
/// Decathlon task.
struct VolumeFinder {
    private(set) var sources: [VolumeSource] = []
    /// Files that could not be taken, where such are left out.
    private(set) var faults: [String] = []
    /// What was found out of the masks, a sentence each.
    private(set) var notes: [String] = []
    /// The folder of the set.
    let root: String
    /// Where the set is one file: its name. Its mask is looked for beside it.
    private let only: String?
    private let settings: DatasetSettings

    /// - Throws: `DatasetError` for a header that is not as it must be, unless such are skipped; or where there is no
    ///   volume.
    init(_ settings: DatasetSettings) throws(DatasetError) {
        let set = try DatasetFiles.ofSet(settings.path)
        (root, only, self.settings) = (set.folder, set.only, settings)
        let files = set.files.filter(VolumeName.isVolume)
        guard !files.isEmpty, only.map(files.contains) ?? true else {
            throw DatasetError(path: settings.path, expected: "volumes (.nii, .nii.gz, .hdr)", got: "none")
        }
        if DatasetFiles.status("\(root)/dataset.json") != nil {
            try findTask(files)
        } else {
            try findCases(files)
        }
        guard !sources.isEmpty else {
            throw DatasetError(
                path: settings.path, expected: "volumes of the contrasts asked for",
                got: "none among \(only == nil ? files.count : 1) files", remedy: faults.first)
        }
    }

    private mutating func take(
        _ file: String, names: [String?], patient: String, mask: (file: String, labels: MaskLabels)?
    ) throws(DatasetError) {
        func isWanted(_ contrast: String?) -> Bool {
            settings.volumes.contrasts.map { wanted in contrast.map(wanted.contains) ?? false } ?? true
        }
        guard names.contains(where: isWanted), only == nil || only == file else { return }
        do throws(DatasetError) {
            let header = try VolumeHeader(path: "\(root)/\(file)")
            guard header.frames == names.count else {
                throw DatasetError(
                    path: "\(root)/\(file)", expected: "\(names.count) volumes, each of a known contrast",
                    got: "\(header.frames)",
                    remedy: "volumes behind each other are told apart by a Decathlon task's dataset.json alone")
            }
            for (frame, name) in names.enumerated() where isWanted(name) {
                sources.append(
                    VolumeSource(
                        file: file, header: header, frame: frame, contrast: name, patient: patient, mask: mask))
            }
        } catch {
            guard settings.onError == .skip else { throw error }
            faults.append("\(error)")
        }
    }

    private mutating func findCases(_ files: [String]) throws(DatasetError) {
        let names = files.map { VolumeName(path: $0) }
        func folder(_ file: String) -> Substring { file.lastIndex(of: "/").map { file[..<$0] } ?? "" }
        var masks: [Substring: [(visit: String, file: String)]] = [:]
        var visits: [Substring: Set<String>] = [:]
        for (file, name) in zip(files, names) {
            if name.isMask { masks[folder(file), default: []].append((name.visit, file)) }
            if !name.isMask { visits[folder(file), default: []].insert(name.visit) }
        }
        for (file, name) in zip(files, names) where !name.isMask {
            let beside = masks[folder(file)] ?? []
            // In one case of BraTS 2020 the mask has the name of another patient: it is the only one of its folder.
            let only = beside.count == 1 && visits[folder(file)]?.count == 1 ? beside.first?.file : nil
            let mask = beside.first { $0.visit == name.visit }?.file ?? only
            try take(file, names: [name.contrast], patient: name.patient, mask: mask.map { ($0, .brats) })
        }
    }

    /// A task of the Medical Segmentation Decathlon: `imagesTr`, `labelsTr`, and in dataset.json the contrasts and the
    /// names of the masks' labels. Masks of organs alone are not read.
    private mutating func findTask(_ files: [String]) throws(DatasetError) {
        let path = "\(root)/dataset.json"
        let contrasts: [String], labels: MaskLabels?
        do {
            let task = JSONCursor(try JSONReader().read(try DatasetFiles.bytes(path, limit: 1 << 24)))
            labels = try task.member("labels").map { try MaskLabels($0) }
            let modality = try task.required("modality").object()
            contrasts = try (0..<modality.count).map { number in
                let word = try JSONCursor(modality, pointer: "/modality").required("\(number)").string()
                return VolumeName.contrast(word) ?? word
            }
        } catch { throw DatasetError(path: path, expected: "a Decathlon task's modality and labels", got: "\(error)") }
        let tumours = labels.flatMap { $0.tumour.isEmpty ? nil : $0 }
        if tumours == nil { notes.append("no label of dataset.json names a tumour: masks are not read") }
        let present = Set(files)
        for file in files where file.hasPrefix("imagesTr/") || file.hasPrefix("imagesTs/") {
            let name = VolumeName(path: file)
            let mask = file.replacing("imagesTr/", with: "labelsTr/", maxReplacements: 1)
            let isMasked = file != mask && present.contains(mask)
            try take(
                file, names: contrasts, patient: name.patient, mask: isMasked ? tumours.map { (mask, $0) } : nil)
        }
    }
}
