import JSON

/// Something that an import took for granted because the checkpoint does not show it.
public struct ImportAssumption: Sendable, Equatable {
    /// The fact, as `norm_num_groups`.
    public let name: String
    public let value: JSONValue
    /// The option that says otherwise; nil where none does.
    public let option: String?

    public init(_ name: String, _ value: JSONValue, option: String? = nil) {
        (self.name, self.value, self.option) = (name, value, option)
    }
}

/// What an import took, passed over and assumed: printed, and kept as `import.json` beside the model.
public struct ImportRecord: Sendable, Equatable {
    /// The last part of the checkpoint's path.
    public let source: String
    /// The library its network is of.
    public let family: String
    /// The files that hold the weights, and the configuration files that were read.
    public internal(set) var files: [String] = [], configurations: [String] = []
    /// Which set of weights was taken, in the words of `--weights`; empty if there is but one.
    public internal(set) var weights = ""
    /// Whether it is an average over training (EMA).
    public internal(set) var isAveraged = false
    /// What stood before the weights' names.
    public internal(set) var prefix = ""
    public internal(set) var tensors = 0
    /// Elements of all tensors of the model that was made.
    public internal(set) var parameters = 0
    /// What else there is.
    private(set) var passed: [CheckpointMember] = []
    /// Globals of the pickle that nothing ran.
    private(set) var notRun: [String] = []
    public internal(set) var assumptions: [ImportAssumption] = []
    private var unlisted = 0

    static let maximumPassed = 50

    init(source: String, family: String) { (self.source, self.family) = (source, family) }

    /// The last part of a path.
    static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    mutating func pass(_ place: String, _ what: String) {
        guard passed.count < Self.maximumPassed else {
            unlisted += 1
            return
        }
        passed.append(CheckpointMember(place: place, what: what))
    }

    /// Tensors beside the network in its own set, by the first part of their names.
    mutating func pass(_ names: [String], below label: String) {
        var groups: [String: Int] = [:]
        for name in names { groups[String(name.split(separator: ".", maxSplits: 1).first ?? ""), default: 0] += 1 }
        for (group, count) in groups.sorted(by: { $0.key < $1.key }) {
            pass(
                [label, group].filter { !$0.isEmpty }.joined(separator: "."),
                "\(Self.tensors(count)) beside the network")
        }
    }

    /// Everything in a file that is no network, each container as a whole unless the weights taken lie in it.
    /// - Parameters:
    ///   - networks: places of sets that are passed over under their own names.
    ///   - taken: the place of the weights, if they lie in this file.
    mutating func pass(_ sets: WeightSets, named file: String, except networks: Set<String>, taken: String?) {
        var groups: [(place: String, what: String, count: Int)] = []
        let others =
            sets.others
            + sets.sets.filter { !networks.contains($0.place) && $0.place != taken }
            .map { CheckpointMember(place: $0.place, what: Self.tensors($0.tensors.count)) }
        for other in others {
            let place = Self.container(of: other.place, apartFrom: taken)
            if let index = groups.firstIndex(where: { $0.place == place }) {
                groups[index].count += 1
            } else {
                groups.append((place, other.what, 1))
            }
        }
        for group in groups {
            let place = [file, group.place].filter { !$0.isEmpty }.joined(separator: "/")
            pass(place, group.count == 1 ? group.what : "\(group.count) things in a container")
        }
        notRun = Array(Set(notRun + sets.opaqueNames).sorted().prefix(Self.maximumPassed))
    }

    /// The first parts of a place, down to where it leaves that of the weights taken.
    private static func container(of place: String, apartFrom taken: String?) -> String {
        let parts = place.split(separator: ".", omittingEmptySubsequences: false),
            kept = (taken ?? "").split(separator: ".")
        let shared = zip(parts, kept).prefix { $0 == $1 }.count
        return parts.prefix(shared + 1).joined(separator: ".")
    }

    static func tensors(_ count: Int) -> String { count == 1 ? "1 tensor" : "\(count) tensors" }

    func mentions(_ name: String) -> Bool {
        name == weights || passed.contains { $0.place == name } || configurations.contains(name) || files.contains(name)
    }

    /// As `import.json` holds it.
    public var json: JSONObject {
        var taken: JSONObject = [
            "files": .array(files.map { .string($0) }), "configurations": .array(configurations.map { .string($0) }),
            "averaged": .bool(isAveraged), "tensors": .integer(tensors), "parameters": .integer(parameters),
        ]
        if !weights.isEmpty { taken["weights"] = .string(weights) }
        if !prefix.isEmpty { taken["prefix"] = .string(prefix) }
        var object: JSONObject = [
            "source": .string(source), "family": .string(family), "taken": .object(taken),
            "passed_over": .array(passed.map { ["name": .string($0.place), "what": .string($0.what)] }),
            "assumed": .array(
                assumptions.map { assumption in
                    var object: JSONObject = ["name": .string(assumption.name), "value": assumption.value]
                    object["option"] = assumption.option.map { .string($0) }
                    return .object(object)
                }),
        ]
        if unlisted > 0 { object["passed_over_unlisted"] = .integer(unlisted) }
        if !notRun.isEmpty { object["not_run"] = .array(notRun.map { .string($0) }) }
        return object
    }

    /// The same in lines for a reader.
    public var lines: [String] {
        var lines = [
            """
            Taken: \(isAveraged ? "the averaged weights, " : "")\(Self.tensors(tensors)) of \
            \(Self.listed(files, of: files.count))
            """
                + (weights.isEmpty || files == [weights] ? "" : ", \(weights)")
                + (prefix.isEmpty || weights.hasSuffix(prefix.dropLast()) ? "" : ", below \(prefix)")
        ]
        if !passed.isEmpty {
            let words = passed.map { "\($0.place.isEmpty ? source : $0.place) (\($0.what))" }
            lines.append("Passed over: \(Self.listed(words, of: passed.count + unlisted))")
        }
        if !notRun.isEmpty { lines.append("Not run: \(Self.listed(notRun, of: notRun.count))") }
        if !assumptions.isEmpty {
            lines.append("Assumed:")
            for assumption in assumptions {
                let value = assumption.value.string ?? String(decoding: assumption.value.serialized(), as: UTF8.self)
                lines.append(
                    "  \(assumption.name) \(value)" + (assumption.option.map { " (\($0) says otherwise)" } ?? ""))
            }
        }
        return lines
    }

    private static func listed(_ items: [String], of count: Int) -> String {
        items.prefix(10).joined(separator: ", ") + (count > 10 ? " and \(count - 10) more" : "")
    }
}
