import Images
import JSON

/// Which images a network is trained on, and how they become its pixels: the object `dataset` of `train.json`.
public struct DatasetSettings: Sendable, Equatable {
    public enum Kind: String, CaseIterable, Sendable {
        /// Pictures in files, with a table or in one folder a class.
        case folder
        /// NIH ChestX-ray14.
        case nih
        /// Camelyon17 of WILDS.
        case wilds
        /// One `.npz` of MedMNIST.
        case medmnist
        /// PatchCamelyon, and others in its layout.
        case pcam
        /// Axial slices of volumes: BraTS, IXI, tasks of the Medical Segmentation Decathlon.
        case nifti
        /// Series of DICOM files.
        case dicom
    }

    /// What happens at a file that cannot be read.
    public enum Fault: String, CaseIterable, Sendable {
        /// The run ends with a message.
        case stop
        /// The image is left out, counted and listed.
        case skip
    }

    /// What happens to a class of fewer images than `smallestClass`.
    public enum SmallClass: String, CaseIterable, Sendable {
        /// The run ends with a message.
        case refuse
        /// All such values of an attribute become the value `other`.
        case merge
        /// They stay.
        case keep
    }

    /// What happens to coloured images where the network has one channel.
    public enum Colour: String, CaseIterable, Sendable {
        case refuse
        /// They become grey by Rec. 601, as Pillow's `convert("L")` makes them.
        case grey
    }

    public var kind: Kind
    /// The folder of the set (of `medmnist` its file; of `pcam` and `nifti` also one file in it), from the working
    /// directory or from the root.
    public var path: String
    /// Nil takes those that the kind has, or for a folder the column `label` or the folders' names.
    public var attributes: [AttributeSettings]?
    /// The table of a folder; nil takes `labels.csv` where there is one.
    public var table: String?
    /// The column with an image's path in the folder.
    public var fileColumn: String?
    public var groupColumn: String?
    /// A regular expression whose first group, in an image's path, names its group; instead of a column.
    public var groupPattern: String?
    public var splitColumn: String?
    /// Whether the set's own split counts.
    public var usesSplit: Bool
    /// The share of groups held out where the set has no validation part, 0 ... 0.5.
    public var validation: Double
    public var filter: ResizingFilter
    public var fit: ResizingFit
    public var colour: Colour
    /// Parts that are cut out of each picture; nil takes it whole.
    public var crops: CropSettings?
    /// Which slices of volumes are images.
    public var volumes: VolumeSettings
    /// Further sets, whose images are shown without any label.
    public var unlabelled: [DatasetSettings] = []
    public var onError: Fault
    public var smallClasses: SmallClass

    /// Fewer images of a class than these cannot be learnt.
    public static let smallestClass = 20

    public init(kind: Kind, path: String) {
        (self.kind, self.path) = (kind, path)
        usesSplit = true
        validation = 0.1
        volumes = VolumeSettings()
        (filter, fit, colour, onError, smallClasses) = (.lanczos, .crop, .refuse, .stop, .refuse)
    }

    /// - Throws: `JSONMismatch` naming the field; unknown fields are refused.
    public init(json: JSONCursor) throws {
        try json.refuseMembers(otherThan: Self.fields)
        self.init(
            kind: try json.required("kind").value(of: Kind.self), path: try json.required("path").string())
        attributes = try json.member("attributes")?.elements(count: 0...16).map { try AttributeSettings(json: $0) }
        table = try json.member("table")?.string()
        fileColumn = try json.member("file_column")?.string()
        groupColumn = try json.member("group_column")?.string()
        groupPattern = try json.member("group_pattern")?.string()
        splitColumn = try json.member("split_column")?.string()
        usesSplit = try json.member("own_split")?.bool() ?? usesSplit
        validation = try json.member("validation")?.double(in: 0...0.5) ?? validation
        filter = try json.member("filter")?.value(of: ResizingFilter.self) ?? filter
        fit = try json.member("fit")?.value(of: ResizingFit.self) ?? fit
        colour = try json.member("colour")?.value(of: Colour.self) ?? colour
        crops = try json.member("crops").map { try CropSettings(json: $0) }
        volumes = try json.member("volumes").map { try VolumeSettings(json: $0) } ?? volumes
        onError = try json.member("on_error")?.value(of: Fault.self) ?? onError
        smallClasses = try json.member("small_classes")?.value(of: SmallClass.self) ?? smallClasses
        unlabelled = try json.member("unlabelled")?.elements(count: 0...16).map { try unlabelled(json: $0) } ?? []
        let names = (attributes ?? []).map(\.name)
        guard Set(names).count == names.count else {
            throw JSONMismatch(
                pointer: json.pointer(to: "attributes"), expected: "each name once", got: "one of them twice")
        }
    }

    /// A set whose labels do not count, which brings no further ones, and whose images are shown and divided as those
    /// of this set, which has been read up to here. A run's own file says of each field what it is unless it is given:
    /// that is accepted too.
    private func unlabelled(json: JSONCursor) throws -> DatasetSettings {
        for field in ["attributes", "unlabelled"] {
            if let member = try json.member(field) {
                throw member.mismatch(expected: "nothing, in a set without labels")
            }
        }
        let set = try DatasetSettings(json: json)
        let accepted = [self.json, DatasetSettings(kind: kind, path: path).json], given = set.json
        for field in ["validation", "filter", "fit", "colour", "small_classes"] {
            guard let member = try json.member(field), !accepted.contains(where: { $0[field] == given[field] }) else {
                continue
            }
            let own = self.json[field]?.summary ?? "what is"
            throw member.mismatch(expected: "nothing, or \(own) as in the set that it joins")
        }
        return set
    }

    /// - Throws: `DatasetError` for a `group_pattern` that is no regular expression, which opening the set refuses too.
    public static func check(pattern: String) throws(DatasetError) {
        _ = try PathPattern(pattern, field: "group_pattern")
    }

    static let fields: Set<String> = [
        "kind", "path", "attributes", "table", "file_column", "group_column", "group_pattern", "split_column",
        "own_split", "validation", "filter", "fit", "colour", "on_error", "small_classes", "crops", "volumes",
        "unlabelled",
    ]

    /// The object with every default filled in that is known without looking at the set.
    public var json: JSONObject {
        var object: JSONObject = ["kind": .string(kind.rawValue), "path": .string(path)]
        if let attributes { object["attributes"] = .array(attributes.map(\.json)) }
        for (key, text) in [
            ("table", table), ("file_column", fileColumn), ("group_column", groupColumn),
            ("group_pattern", groupPattern), ("split_column", splitColumn),
        ] {
            if let text { object[key] = .string(text) }
        }
        object["own_split"] = .bool(usesSplit)
        object["validation"] = .double(validation)
        object["filter"] = .string(filter.rawValue)
        object["fit"] = .string(fit.rawValue)
        object["colour"] = .string(colour.rawValue)
        if let crops { object["crops"] = crops.json }
        if kind == .nifti || kind == .dicom { object["volumes"] = volumes.json }
        if !unlabelled.isEmpty { object["unlabelled"] = .array(unlabelled.map { .object($0.json) }) }
        object["on_error"] = .string(onError.rawValue)
        object["small_classes"] = .string(smallClasses.rawValue)
        return object
    }
}

extension JSONCursor {
    /// One of a closed set of words.
    func value<Word: RawRepresentable & CaseIterable>(of type: Word.Type) throws(JSONMismatch) -> Word
    where Word.RawValue == String {
        let text = try string(oneOf: Word.allCases.map(\.rawValue))
        guard let word = Word(rawValue: text) else { throw mismatch(expected: "a known word") }
        return word
    }
}
