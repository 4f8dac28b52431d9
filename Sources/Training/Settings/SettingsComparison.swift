import JSON

/// Whether two train.json are of the same run: whatever the bits of its weights depend on is the same.
enum SettingsComparison {
    /// What may change between a run and its continuation. Of `init` that holds from the first saved state on: until
    /// then the first weights depend on it, see `RunStart`.
    private static let free: Set<String> = [
        "output", "threads", "checkpoint_every", "validate_every", "sample_every", "stop", "init",
    ]

    /// What counts of settings that are filled in. The images count by their digest, wherever they lie.
    static func essence(_ settings: TrainingSettings) -> JSONObject {
        var essence = JSONObject(settings.json.filter { !free.contains($0.key) }.map { ($0.key, $0.value) })
        var dataset = settings.dataset
        dataset["path"] = nil
        dataset["unlabelled"] = dataset["unlabelled"]?.array.map { sets in
            .array(
                sets.map { set in
                    var set = set.object ?? [:]
                    set["path"] = nil
                    return .object(set)
                })
        }
        essence["dataset"] = .object(dataset)
        return essence
    }

    /// The first member that differs, as a pointer, with both values; nil where none does.
    static func difference(_ first: JSONObject, _ second: JSONObject, at pointer: String = "") -> (
        pointer: String, first: String, second: String
    )? {
        var keys = first.keys
        for key in second.keys where first[key] == nil { keys.append(key) }
        for key in keys {
            let (one, other) = (first[key], second[key])
            if one == other { continue }
            if let one = one?.object, let other = other?.object {
                if let found = difference(one, other, at: "\(pointer)/\(key)") { return found }
                continue
            }
            return ("\(pointer)/\(key)", one?.summary ?? "nothing", other?.summary ?? "nothing")
        }
        return nil
    }
}
