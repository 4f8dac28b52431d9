/// Lists and dictionaries, which grow after they were made.
extension PickleMachine {
    mutating func append(_ values: [PickleValue]) throws(CheckpointError) {
        switch try top() {
        case .list(let place): heap.lists[place].append(contentsOf: values)
        case .opaque: break
        case let value: throw fault(expected: "a list to append to", got: value.summary)
        }
    }

    mutating func set(_ values: [PickleValue]) throws(CheckpointError) {
        guard values.count % 2 == 0 else {
            throw fault(expected: "keys and values in pairs", got: "\(values.count) values")
        }
        if case .opaque = try top() { return }
        guard case .dictionary(let place) = try top() else {
            throw fault(expected: "a dictionary to set items of", got: try top().summary)
        }
        for index in stride(from: 0, to: values.count, by: 2) {
            heap.dictionaries[place].append(.init(key: values[index], value: values[index + 1]))
        }
    }
}
