import Bytes
import Images
import Imaging

/// An array as NumPy's files have it: format 1.0, C order (numpy.lib.format).
struct NPYArray {
    /// What a number is: `|u1`, `<i8`, `<U12`.
    let descriptor: String
    let shape: [Int]
    let bytes: [UInt8]

    /// The file: magic, length of the header, the header as a Python literal filled up to 64 bytes, the numbers.
    var file: [UInt8] {
        let sizes = shape.count == 1 ? "\(shape[0])," : shape.map(String.init).joined(separator: ", ")
        var header = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(sizes)), }"
        let prefix = 10
        while (prefix + header.utf8.count + 1) % 64 != 0 { header += " " }
        header += "\n"
        var file: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
        file.append(littleEndian: UInt16(header.utf8.count))
        return file + Array(header.utf8) + bytes
    }

    init(_ numbers: [UInt64]) {
        (descriptor, shape) = ("<u8", [numbers.count])
        var bytes: [UInt8] = []
        for number in numbers { bytes.append(littleEndian: number) }
        self.bytes = bytes
    }

    init(_ texts: [String]) {
        let width = max(1, texts.map(\.unicodeScalars.count).max() ?? 1)
        (descriptor, shape) = ("<U\(width)", [texts.count])
        var bytes: [UInt8] = []
        for text in texts {
            for scalar in text.unicodeScalars { bytes.append(littleEndian: scalar.value) }
            bytes += [UInt8](repeating: 0, count: 4 * (width - text.unicodeScalars.count))
        }
        self.bytes = bytes
    }

    init(samples: [UInt8], shape: [Int]) { (descriptor, self.shape, bytes) = ("|u1", shape, samples) }
}

extension LabelledSet {
    /// Bytes of pixels that one archive may hold: its arrays are made in memory.
    static let mostPixels = 1 << 31

    /// Writes the finished set as one `.npz`, which `numpy.load` opens: `images` [N, height, width] or [N, height,
    /// width, 3] of 8 bits, `labels` and `seeds` [N], and an array of each attribute's values.
    /// - Throws: `EvaluationError` for a set of more pixels than fit, or a file that is gone; what writing throws.
    public func writeArrays(to path: String) throws {
        var samples: [UInt8] = [], labels: [String] = [], seeds: [UInt64] = [], shape: [Int] = []
        var values: [(name: String, values: [String])] = attributeNames.map { ($0, []) }
        for (place, condition) in conditions.enumerated() {
            for image in images(of: place) {
                guard let content = Self.contents("\(folder)/\(image.file)") else {
                    throw EvaluationError("\(folder)/\(image.file)", expected: "a file of the set", got: "none")
                }
                let picture = try PNGDecoder.decode(content, limits: .made).image.inEightBits()
                let size = [picture.height, picture.width] + (picture.channels > 1 ? [picture.channels] : [])
                guard shape.isEmpty || shape == size, samples.count + picture.samples.count <= Self.mostPixels else {
                    throw EvaluationError(
                        path, expected: "images of one size, at most \(Self.mostPixels) bytes in all",
                        got: "\(size) after \(samples.count) bytes")
                }
                shape = size
                samples += picture.samples.map { UInt8(truncatingIfNeeded: $0) }
                labels.append(condition.label)
                seeds.append(image.seed)
                for number in values.indices {
                    let choice = condition.choices.first { $0.attribute == values[number].name }
                    values[number].values.append(choice?.value ?? "")
                }
            }
        }
        var zip = try ZipFile(path: path)
        try zip.add(NPYArray(samples: samples, shape: [labels.count] + shape).file, name: "images.npy")
        try zip.add(NPYArray(labels).file, name: "labels.npy")
        try zip.add(NPYArray(seeds).file, name: "seeds.npy")
        for (place, key) in Self.keys(values.map(\.name)).enumerated() {
            try zip.add(NPYArray(values[place].values).file, name: "attribute_\(key).npy")
        }
        try zip.finish()
    }

    /// Names in an archive: letters, digits and underscores, and a number behind one that was there before.
    static func keys(_ names: [String]) -> [String] {
        var taken: Set<String> = []
        return names.map { name in
            let key = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
            var unique = key, number = 2
            while !taken.insert(unique).inserted { (unique, number) = ("\(key)_\(number)", number + 1) }
            return unique
        }
    }
}
