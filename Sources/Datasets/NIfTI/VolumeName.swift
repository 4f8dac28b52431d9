/// What the name of a volume's file says: contrast, mask, case and patient, as BraTS, IXI and others write them.
struct VolumeName: Sendable, Equatable {
    /// The contrast; nil where the name does not end in a known one.
    let contrast: String?
    let isMask: Bool
    /// The name without contrast or mask: what volumes of one visit share.
    let visit: String
    /// What the visits of one patient share.
    let patient: String

    private static let contrasts = [
        "t1": "T1", "t1n": "T1", "t1w": "T1", "t1ce": "T1CE", "t1c": "T1CE", "t1gd": "T1CE", "t2": "T2", "t2w": "T2",
        "flair": "FLAIR", "fl": "FLAIR", "t2f": "FLAIR", "pd": "PD", "mra": "MRA",
    ]
    private static let masks: Set = ["seg", "segm", "mask", "label", "labels"]
    static let endings = [".nii.gz", ".nii", ".hdr.gz", ".hdr"]

    /// The contrast that a word names; nil for other words.
    static func contrast(_ word: String) -> String? { contrasts[word.lowercased()] }

    /// Whether the file's name ends as that of a volume or of its header.
    static func isVolume(_ path: String) -> Bool { endings.contains { path.lowercased().hasSuffix($0) } }

    init(path: String) {
        var stem = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
        if let ending = Self.endings.first(where: { stem.lowercased().hasSuffix($0) }) {
            stem = stem.dropLast(ending.count)
        }
        let start = stem.lastIndex { "_-.".contains($0) }
        let word = start.map { stem[stem.index(after: $0)...].lowercased() } ?? ""
        contrast = Self.contrasts[word]
        isMask = Self.masks.contains(word)
        let isKnown = contrast != nil || isMask
        visit = isKnown ? String(start.map { stem[..<$0] } ?? stem) : String(stem)
        // BraTS-GLI-00012-001 is a second visit of BraTS-GLI-00012; IXI012-HH-1211 names hospital and scan.
        if let match = visit.wholeMatch(of: /(BraTS-\w+-\d+)-\d{3}/) {
            patient = String(match.output.1)
        } else if let match = visit.firstMatch(of: /^(IXI\d+)-/) {
            patient = String(match.output.1)
        } else {
            patient = visit
        }
    }
}
