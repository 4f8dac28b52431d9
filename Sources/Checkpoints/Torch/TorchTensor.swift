/// Numbers that tensors share: one entry of a torch file.
struct TorchStorage: Sendable, Equatable {
    let key: String
    let dtype: DType
    /// Elements.
    let count: Int
}

/// A view of a storage: element [i, j, ...] lies at offset + i strides[0] + j strides[1] + ...
struct TorchTensor: Sendable, Equatable {
    let storage: TorchStorage
    let offset: Int
    let shape: [Int]
    let strides: [Int]
    /// Product of the shape.
    let elementCount: Int
    /// Elements of the storage from `offset` to the last one it names.
    let extent: Int

    /// Nil if it does not lie within its storage, or names more elements than that has: torch saves broadcast views so,
    /// but no weight is one.
    init?(storage: TorchStorage, offset: Int, shape: [Int], strides: [Int]) {
        guard shape.count == strides.count, let count = Checkpoints.elementCount(of: shape), count <= storage.count,
            offset >= 0,
            offset <= storage.count
        else { return nil }
        var last = 0
        if count > 0 {
            for (side, stride) in zip(shape, strides) {
                let (reach, overflow) = (side - 1).multipliedReportingOverflow(by: stride)
                let (sum, overflowSum) = last.addingReportingOverflow(reach)
                guard stride >= 0, !overflow, !overflowSum else { return nil }
                last = sum
            }
            guard last < storage.count - offset else { return nil }
        }
        (self.storage, self.offset, self.shape, self.strides, elementCount) = (storage, offset, shape, strides, count)
        extent = count == 0 ? 0 : last + 1
    }

    /// Whether its elements follow one another in row-major order.
    var isContiguous: Bool {
        var expected = 1
        for (side, stride) in zip(shape, strides).reversed() where side != 1 {
            if stride != expected { return false }
            expected *= side
        }
        return true
    }

    /// Row major, out of the `extent` elements of the storage from `offset`.
    func gathered(_ elements: [Float]) -> [Float] {
        if isContiguous { return Array(elements.prefix(elementCount)) }
        var result: [Float] = []
        result.reserveCapacity(elementCount)
        var index = [Int](repeating: 0, count: shape.count), place = 0
        for _ in 0..<elementCount {
            result.append(elements[place])
            for axis in shape.indices.reversed() {
                index[axis] += 1
                place += strides[axis]
                if index[axis] < shape[axis] { break }
                place -= strides[axis] * shape[axis]
                index[axis] = 0
            }
        }
        return result
    }
}
