/// Walks the containers of a pickle, each once, and collects what may be weights.
struct WeightFinder {
    /// Longer names are no weights': places are put together from them.
    static let longestName = 512
    static let maximumOthers = 1000

    let file: TorchFile
    let heap: PickleHeap
    private(set) var sets: [WeightSet] = []
    private(set) var others: [CheckpointMember] = []
    private var seen: Set<Place> = []

    private enum Place: Hashable { case list(Int), dictionary(Int) }

    init(file: TorchFile, heap: PickleHeap) { (self.file, self.heap) = (file, heap) }

    /// Weights lie at most three containers deep, as in {"state": {"ema": {"shadow_params": [...]}}}.
    mutating func search(_ value: PickleValue, place: String, depth: Int) {
        switch value {
        case .dictionary(let index) where depth <= 3 && seen.insert(.dictionary(index)).inserted:
            search(heap.dictionaries[index], place, depth)
        case .list(let index) where depth <= 3 && seen.insert(.list(index)).inserted:
            search(heap.lists[index], place, depth)
        default: pass(place, value)
        }
    }

    /// Tensors under names make a set, whatever else stands among them; containers are searched.
    private mutating func search(_ members: [PickleHeap.Member], _ place: String, _ depth: Int) {
        var tensors: [ForeignTensor] = [], objects: [String: String] = [:]
        let before = others.count
        for member in members {
            // An optimiser numbers its parameters: keys that are no text hold no weights.
            guard case .text(let name) = member.key, name.utf8.count <= Self.longestName else { continue }
            switch member.value {
            case .tensor(let tensor): tensors.append(ForeignTensor(name, tensor, in: file))
            case .opaque(let global):
                objects[name] = global
                pass(Self.joined(place, name), member.value)
            default: search(member.value, place: Self.joined(place, name), depth: depth + 1)
            }
        }
        guard !tensors.isEmpty else {
            if others.count == before, !members.isEmpty { pass(place, "a dictionary of \(members.count)") }
            return
        }
        sets.append(WeightSet(place: place, tensors: tensors, isNamed: true, objects: objects))
    }

    private mutating func search(_ elements: [PickleValue], _ place: String, _ depth: Int) {
        let tensors = elements.enumerated().compactMap { index, element -> ForeignTensor? in
            guard case .tensor(let tensor) = element else { return nil }
            return ForeignTensor("\(index)", tensor, in: file)
        }
        if !tensors.isEmpty, tensors.count == elements.count {
            sets.append(WeightSet(place: place, tensors: tensors, isNamed: false))
            return
        }
        let containers = elements.enumerated().filter { $0.element.isContainer }
        guard !containers.isEmpty else { return pass(place, "a list of \(elements.count)") }
        for (index, element) in containers { search(element, place: Self.joined(place, "\(index)"), depth: depth + 1) }
    }

    private static func joined(_ place: String, _ name: String) -> String { place.isEmpty ? name : "\(place).\(name)" }

    private mutating func pass(_ place: String, _ value: PickleValue) { pass(place, value.summary) }

    private mutating func pass(_ place: String, _ what: String) {
        if others.count < Self.maximumOthers { others.append(CheckpointMember(place: place, what: what)) }
    }
}

extension PickleValue {
    /// Whether weights may lie in it.
    var isContainer: Bool {
        switch self {
        case .list, .dictionary: true
        default: false
        }
    }
}
