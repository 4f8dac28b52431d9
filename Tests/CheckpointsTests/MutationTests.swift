import Checkpoints
import TestSupport
import Testing

@Suite("Mutated safetensors files")
struct MutationTests {
    /// The same mutants in every run.
    struct Mutator {
        private var generator: SplitMix64

        init(state: UInt64) { generator = SplitMix64(state: state) }

        mutating func next(below bound: Int) -> Int { generator.next(below: bound) }

        /// One or two changes: a bit, a byte, a deletion, an insertion, a digit, a copied run, a cut.
        mutating func mutant(of original: [UInt8]) -> [UInt8] {
            var bytes = original
            for _ in 0...next(below: 2) where !bytes.isEmpty {
                let place = next(below: bytes.count)
                switch next(below: 8) {
                case 0: bytes[place] ^= 1 << next(below: 8)
                case 1: bytes[place] = UInt8(next(below: 256))
                case 2: bytes.remove(at: place)
                case 3: bytes.insert(Array("0123456789-.eE\"{}[],:\\".utf8)[next(below: 22)], at: place)
                case 4:
                    if let digit = bytes[place...].firstIndex(where: { (0x30...0x39).contains($0) }) {
                        bytes[digit] = UInt8(0x30 + next(below: 10))
                    }
                case 5:
                    let end = min(bytes.count, place + 1 + next(below: 24))
                    bytes.insert(contentsOf: bytes[place..<end], at: next(below: bytes.count))
                case 6: bytes.removeLast(min(bytes.count, 1 + next(below: 16)))
                default: bytes.append(UInt8(next(below: 256)))
                }
            }
            return bytes
        }
    }

    static let original = HandMade.file(
        #"{"__metadata__":{"format":"pt"},"conv.weight":{"dtype":"F16","shape":[2,1,3],"data_offsets":[0,12]},"conv.bias":{"dtype":"F32","shape":[2],"data_offsets":[12,20]},"steps":{"dtype":"I64","shape":[],"data_offsets":[20,28]}}  "#,
        data: 28)

    /// A mutant is refused, or what is taken of it covers the file exactly: never a trap.
    @Test func noMutantBreaksTheHeader() throws {
        var mutator = Mutator(state: 20_260_101)
        var taken = 0
        for _ in 0..<12_000 {
            let bytes = mutator.mutant(of: Self.original)
            guard let header = try? SafetensorsHeader(fileBytes: bytes) else { continue }
            taken += 1
            var next = header.dataStart
            for tensor in header.tensors {
                #expect(tensor.bytes.lowerBound == next)
                #expect(tensor.elementCount * tensor.dtype.bits == tensor.bytes.count * 8)
                next = tensor.bytes.upperBound
            }
            #expect(next == bytes.count)
        }
        // Changes in names, metadata and data do no harm: the test would mean little if all were refused.
        #expect(taken > 500 && taken < 6_000, "\(taken) taken")
    }

    /// The same through a mapped file, every tensor of the survivors read.
    @Test func noMutantBreaksReading() throws {
        try Places.withFolder { folder in
            var mutator = Mutator(state: 7)
            let path = folder + "/mutant.safetensors"
            var read = 0
            for _ in 0..<300 {
                try Places.write(mutator.mutant(of: Self.original), to: path)
                guard let file = try? SafetensorsFile(path: path) else { continue }
                for tensor in file.tensors {
                    if let values = try? file.floats(tensor.name) {
                        #expect(values.count == tensor.elementCount)
                        read += 1
                    }
                    if let values = try? file.integers(tensor.name) { #expect(values.count == tensor.elementCount) }
                }
            }
            #expect(read > 20)
        }
    }
}
