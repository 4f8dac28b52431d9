import Datasets

/// The sets of an evaluation in one shape, that of the synthetic images, with what must not be shared held apart.
public struct ImageRoles: Sendable {
    public let real: ImageSet
    public let train: ImageSet?
    public let synthetic: ImageSet
    /// What was assumed, a sentence each.
    public let notes: [String]
    /// Patients that are in `real` and in `train`; not empty only where that was allowed.
    public let sharedGroups: [String]

    /// - Parameter allowsSharedPatients: whether `real` and `train` may have patients in common.
    /// - Throws: `EvaluationError` where they have and may not, or synthetic images differ in size; `DatasetError`.
    public init(
        real: ImageSource, train: ImageSource?, synthetic: ImageSource, allowsSharedPatients: Bool
    ) throws {
        let shape = try synthetic.firstShape()
        try synthetic.requireOneSize(shape, role: .synthetic)
        self.real = ImageSet(real, role: .real, shape: shape)
        let trained = train.map { ImageSet($0, role: .train, shape: shape) }
        self.train = trained
        self.synthetic = ImageSet(synthetic, role: .synthetic, shape: shape)
        let held = self.real
        sharedGroups = trained.map { Self.shared(held, $0) } ?? []
        if let first = sharedGroups.first, !allowsSharedPatients {
            throw EvaluationError(
                "--train \(train?.path ?? "")",
                expected: "no patient of --real \(real.path) (or --allow-shared-patients)",
                got: "\(sharedGroups.count) of them, such as \(first)")
        }
        var notes = real.notes + (train?.notes ?? []) + synthetic.notes
        for (set, source) in [(held, real)] + (trained.map { [($0, train ?? real)] } ?? []) {
            let own = try source.firstShape()
            if own != shape {
                notes.append(
                    "\(set.role.rawValue): brought from \(own.text) to \(shape.text), the shape of the synthetic ones")
            }
        }
        if !sharedGroups.isEmpty {
            notes.append("\(sharedGroups.count) patients are in real and in train: the comparison is not of the unseen")
        }
        self.notes = notes
    }

    /// Sorted. Of a set that tells no groups nothing is known.
    private static func shared(_ real: ImageSet, _ train: ImageSet) -> [String] {
        guard real.tellsGroups, train.tellsGroups else { return [] }
        let held = Set((0..<real.count).map { real.group($0) })
        return Set((0..<train.count).map { train.group($0) }).intersection(held).sorted()
    }
}

extension ImageSet {
    /// Whether a table or a pattern says whose the images are: elsewhere an image's group is its own name.
    var tellsGroups: Bool { (0..<count).contains { !name($0).hasSuffix(group($0)) } }
}

extension PixelShape {
    /// For messages.
    var text: String { "\(width)x\(height) \(channels == 1 ? "grey" : "RGB")" }
}
