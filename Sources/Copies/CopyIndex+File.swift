import Bytes

/// The file `copies.phantomindex`, all numbers little-endian: "PHCI", format (u32, 1), length of the header (u32), the
/// header (JSON); mean and axes (f32); features of each image (i16, times 2^-14); scores of the calibration (f32); of
/// each image 1024 levels, 16 bytes of its hash, 8 of its group; SHA-256 of all that.
extension CopyIndex {
    private static let magic: [UInt8] = Array("PHCI".utf8)
    private static let format: UInt32 = 1
    private static let mostHeader = 1 << 16
    private static let hashLength = 16, groupLength = 8

    static var entryLength: Int { GreyLevels.count + hashLength + groupLength }

    /// The bytes of the file: 1,176 an image, and up to 204 kB beside.
    public var bytes: [UInt8] {
        let header = header.serialized(sortedKeys: true)
        var bytes = Self.magic
        bytes.append(littleEndian: Self.format)
        bytes.append(littleEndian: UInt32(header.count))
        bytes += header
        for vector in [directions.mean] + directions.axes {
            for place in 0..<Fingerprint.count { bytes.append(littleEndian: vector[place / 16][place % 16].bitPattern) }
        }
        for image in features {
            for place in directions.axes.indices {
                let whole = Int16(max(-32767, min(32767, image[place / 16][place % 16] * 16384)))
                bytes.append(littleEndian: UInt16(bitPattern: whole))
            }
        }
        for score in calibration?.scores ?? [] { bytes.append(littleEndian: score.bitPattern) }
        for entry in entries {
            bytes += entry.levels.bytes
            bytes += entry.hash
            bytes.append(littleEndian: entry.group)
        }
        return bytes + Digest(of: bytes).bytes
    }

    /// Reads what `bytes` wrote.
    /// - Parameter place: the file's path, for messages.
    /// - Throws: `CopyError` for anything else: another format, a size that does not fit, a digest that is not its own,
    ///   numbers that are none.
    public init(bytes: [UInt8], place: String) throws(CopyError) {
        guard bytes.count >= 12 + Digest.byteCount, bytes.starts(with: Self.magic) else {
            throw CopyError(place, expected: "an index of training images", got: "\(bytes.count) other bytes")
        }
        var reader = LittleEndianReader(bytes[4..<bytes.count - Digest.byteCount])
        let format = reader.word(), length = Int(reader.word())
        guard format == Self.format else {
            throw CopyError(place, expected: "format \(Self.format)", got: "\(format)")
        }
        guard length <= Self.mostHeader, length <= reader.left else {
            throw CopyError(
                place, expected: "a header of at most \(min(Self.mostHeader, reader.left)) bytes", got: "\(length)")
        }
        let header = try Header(Array(reader.take(length)), place: place)
        guard reader.left == header.contentLength else {
            throw CopyError(
                place, expected: "\(header.contentLength) bytes behind the header, for \(header.images) images",
                got: "\(reader.left)")
        }
        let digest = Array(bytes.suffix(Digest.byteCount))
        guard Digest(of: Array(bytes.dropLast(Digest.byteCount))).bytes == digest else {
            throw CopyError(place, expected: "the SHA-256 of its content at its end", got: "another: it is damaged")
        }
        try self.init(header, &reader, place: place)
    }

    private init(_ header: Header, _ reader: inout LittleEndianReader, place: String) throws(CopyError) {
        var vectors: [[SIMD16<Float>]] = []
        for _ in 0...header.features {
            var vector = [SIMD16<Float>](repeating: .zero, count: Fingerprint.lanes)
            for place in 0..<Fingerprint.count { vector[place / 16][place % 16] = reader.float() }
            vectors.append(vector)
        }
        // Products of vectors of length 1: what is larger is none, and a sum of it might be infinite.
        guard vectors.allSatisfy({ $0.allSatisfy { lane in all(lane, within: 1.01) } }) else {
            throw CopyError("\(place), directions", expected: "numbers from -1 to 1", got: "others")
        }
        var features: [[SIMD16<Float>]] = []
        features.reserveCapacity(header.images)
        for _ in 0..<header.images {
            var image = [SIMD16<Float>](repeating: .zero, count: DetailDirections.most / 16)
            for place in 0..<header.features {
                image[place / 16][place % 16] = Float(Int16(bitPattern: reader.half())) / 16384
            }
            features.append(image)
        }
        let scores = (0..<header.scores).map { _ in reader.float() }
        guard scores.allSatisfy({ $0.isFinite && $0 <= 1 }), zip(scores, scores.dropFirst()).allSatisfy({ $0 <= $1 })
        else {
            throw CopyError("\(place), scores", expected: "numbers of at most 1, ascending", got: "others")
        }
        var entries: [Entry] = []
        entries.reserveCapacity(header.images)
        for _ in 0..<header.images {
            let levels = GreyLevels(bytes: Array(reader.take(GreyLevels.count)))
            let hash = Array(reader.take(Self.hashLength))
            entries.append(Entry(levels: levels, hash: hash, group: reader.long()))
        }
        self.init(
            origin: header.origin, entries: entries,
            directions: DetailDirections(mean: vectors[0], axes: Array(vectors.dropFirst())), features: features,
            calibration: header.calibration(scores))
    }
}

private func all(_ lane: SIMD16<Float>, within bound: Float) -> Bool {
    lane.indices.allSatisfy { abs(lane[$0]) <= bound }
}

/// Numbers from bytes whose count has been checked before.
private struct LittleEndianReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var left: Int { rest.count }

    mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        let taken = rest.prefix(count)
        rest = rest.dropFirst(count)
        return taken
    }

    mutating func half() -> UInt16 { UInt16(littleEndianBytes: take(2)) }
    mutating func word() -> UInt32 { UInt32(littleEndianBytes: take(4)) }
    mutating func long() -> UInt64 { UInt64(littleEndianBytes: take(8)) }
    mutating func float() -> Float { Float(bitPattern: word()) }
}
