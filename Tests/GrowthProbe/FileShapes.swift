import Diffusion
import Images
import JSON

/// What a picture may be large in: its pixels, its structure, and the recipe that it carries.
struct FileShape {
    let name: String
    let base: Int
    let file: (Int) -> [UInt8]
    var type = "image/png"
}

enum FileShapes {
    static var all: [FileShape] { pictures + recipes + dicom }

    // MARK: PNG

    private static var pictures: [FileShape] {
        [
            FileShape(name: "PNG of many rows", base: 64) { picture(rows: $0) },
            FileShape(name: "PNG of many chunks", base: 1000) { size in
                png { $0 += (0..<size).map { ("abCd", [UInt8(truncatingIfNeeded: $0)]) } }
            },
            FileShape(name: "PNG of many texts", base: 15) { size in
                png {
                    $0 += (0..<size).map {
                        ("tEXt", Array("Keyword \($0)\0".utf8) + [UInt8](repeating: 65, count: 200))
                    }
                }
            },
            FileShape(name: "PNG of a long text", base: 4000) { size in
                png { $0.append(("tEXt", Array("Comment\0\(repeated("x", size))".utf8))) }
            },
            FileShape(name: "PNG of a text with a long keyword", base: 4000) { size in
                png { $0.append(("tEXt", Array("\(repeated("k", size))\0x".utf8))) }
            },
            FileShape(name: "PNG of a long translated keyword", base: 4000) { size in
                png { $0.append(("iTXt", Array("Comment\0\0\0\0\(repeated("k", size))\0x".utf8))) }
            },
            FileShape(name: "PNG with bytes behind it", base: 4000) {
                picture(rows: 16) + [UInt8](repeating: 0, count: $0)
            },
            FileShape(name: "PNG with many recipes", base: 15) { size in
                png { $0 += (0..<size).map { _ in recipeChunk(recipeText) } }
            },
        ]
    }

    static func picture(rows: Int) -> [UInt8] {
        let samples = (0..<16 * rows).map { UInt16(truncatingIfNeeded: $0 &* 7) & 255 }
        // Sizes and samples fit together.
        return try! PNGEncoder.encode(PixelImage(width: 16, height: rows, channels: 1, bitDepth: 8, samples: samples))
            .bytes
    }

    /// A picture with more chunks behind its header.
    private static func png(_ add: (inout [(name: String, data: [UInt8])]) -> Void) -> [UInt8] {
        let bytes = picture(rows: 16)
        var chunks: [(name: String, data: [UInt8])] = []
        add(&chunks)
        // Signature and IHDR take 8 and 25 bytes.
        return bytes[..<33] + chunks.flatMap { chunk($0.name, $0.data) } + bytes[33...]
    }

    private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + data
        var sum = ~UInt32(0)
        for byte in body {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0xEDB8_8320 : sum >> 1 }
        }
        return bigEndian(data.count) + body + bigEndian(Int(~sum))
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }

    // MARK: Recipes

    private static var recipes: [FileShape] {
        changes.map { name, base, change in
            FileShape(name: "PNG with a recipe of \(name)", base: base) { size in
                var recipe = GrowingBench.recipe.json
                change(&recipe, size)
                return png { $0.append(recipeChunk(String(decoding: recipe.serialized(), as: UTF8.self))) }
            }
        } + [
            FileShape(name: "PNG with a recipe of nesting", base: 15) { size in
                png { $0.append(recipeChunk(repeated("{\"kind\":", size) + "1" + repeated("}", size))) }
            }
        ]
    }

    private static let changes: [(String, Int, @Sendable (inout JSONObject, Int) -> Void)] = [
        ("unknown members", 400, { recipe, size in for number in 0..<size { recipe["unknown \(number)"] = 1 } }),
        ("a long digest", 4000, { recipe, size in recipe["weights_sha256"] = .string(repeated("0", size)) }),
        ("many steps as text", 4000, { recipe, size in recipe["seed"] = .string(repeated("0", size)) }),
        (
            "many choices", 250,
            { recipe, size in
                recipe["condition"] = condition(
                    choices: (0..<size).map { ["attribute": .string("attribute \($0)"), "values": ["x"]] },
                    input: ["rows": [1]])
            }
        ),
        (
            "many values", 250,
            { recipe, size in
                recipe["condition"] = condition(
                    choices: [["attribute": "a", "values": .array((0..<size).map { .string("value \($0)") })]],
                    input: ["rows": [1]])
            }
        ),
        (
            "many rows", 1000,
            { recipe, size in
                recipe["condition"] = condition(choices: [], input: ["rows": .array((0..<size).map { .integer($0) })])
            }
        ),
        (
            "a long vector", 1000,
            { recipe, size in
                recipe["condition"] = condition(
                    choices: [], input: ["vector": .array((0..<size).map { .double(Double($0)) })])
            }
        ),
        (
            "many betas", 1000,
            { recipe, size in
                var scheduler = recipe["scheduler"]?.object ?? [:]
                scheduler["num_train_timesteps"] = .integer(size)
                scheduler["trained_betas"] = .array((0..<size).map { _ in 0.01 })
                recipe["scheduler"] = .object(scheduler)
            }
        ),
        (
            "a scheduler of unknown members", 400,
            { recipe, size in
                var scheduler = recipe["scheduler"]?.object ?? [:]
                for number in 0..<size { scheduler["unknown \(number)"] = 1 }
                recipe["scheduler"] = .object(scheduler)
            }
        ),
    ]

    private static func condition(choices: [JSONValue], input: JSONValue) -> JSONValue {
        ["choices": .array(choices), "input": input, "null": .null]
    }

    private static var recipeText: String { String(decoding: GrowingBench.recipe.canonical, as: UTF8.self) }

    private static func recipeChunk(_ text: String) -> (String, [UInt8]) {
        ("iTXt", Array("phantom:recipe\0\0\0\0\0\(text)".utf8))
    }

    // MARK: DICOM

    private static var dicom: [FileShape] {
        let shapes: [(String, Int, (Int) -> [UInt8])] = [
            (
                "many elements", 1000,
                { size in dicom((0..<size).map { element(0x0009, UInt16(0x1000 + $0), "LO", Array("ab".utf8)) }) }
            ),
            ("many items", 1000, { dicom([sequence($0) { _ in [] }]) }),
            (
                "items of elements", 500,
                { dicom([sequence($0) { _ in element(0x0009, 0x1001, "LO", Array("ab".utf8)) }]) }
            ),
            ("nested sequences", 7, { dicom([nested($0)]) }),
            ("a long text", 4000, { dicom([element(0x0010, 0x4000, "LT", Array(repeated("x", $0).utf8))]) }),
            ("a padded text", 4000, { dicom([element(0x0010, 0x4000, "LT", Array(repeated(" ", $0).utf8))]) }),
            (
                "a long number", 4000,
                { dicom([element(0x0028, 0x0008, "IS", Array((repeated("0", $0 - 1) + "1").utf8))]) }
            ),
            ("many windows", 4000, { dicom([element(0x0028, 0x1050, "DS", Array(repeated("1\\", $0 / 2).utf8))]) }),
        ]
        return shapes.map { name, base, file in
            FileShape(name: "DICOM of \(name)", base: base, file: file, type: "application/dicom")
        }
    }

    /// 2 x 2 pixels, with more elements before them.
    private static func dicom(_ elements: [[UInt8]]) -> [UInt8] {
        let numbers: [(UInt16, UInt8)] = [
            (0x0002, 1), (0x0010, 2), (0x0011, 2), (0x0100, 8), (0x0101, 8), (0x0102, 7), (0x0103, 0),
        ]
        let own =
            numbers.map { element(0x0028, $0, "US", [$1, 0]) } + [
                element(0x0028, 0x0004, "CS", Array("MONOCHROME2 ".utf8))
            ]
        let ordered = (own + elements).sorted { left, right in
            let keys = [left, right].map { [$0[1], $0[0], $0[3], $0[2]] }
            return keys[0].lexicographicallyPrecedes(keys[1])
        }
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
            + element(0x0002, 0x0010, "UI", Array("1.2.840.10008.1.2.1\0".utf8))
            + ordered.flatMap { $0 } + element(0x7FE0, 0x0010, "OB", [0, 51, 102, 255])
    }

    private static func element(_ group: UInt16, _ number: UInt16, _ representation: String, _ value: [UInt8])
        -> [UInt8]
    {
        let head = littleEndian(Int(group), 2) + littleEndian(Int(number), 2) + Array(representation.utf8)
        let isLong = ["OB", "SQ", "UN"].contains(representation)
        return head + (isLong ? [0, 0] + littleEndian(value.count, 4) : littleEndian(value.count, 2)) + value
    }

    /// Of undefined lengths, so that it must be walked over.
    private static func sequence(_ items: Int, _ content: (Int) -> [UInt8]) -> [UInt8] {
        let undefined: [UInt8] = [255, 255, 255, 255]
        let head = littleEndian(0x0009, 2) + littleEndian(0x1000, 2) + Array("SQ".utf8) + [0, 0] + undefined
        let item = littleEndian(0xFFFE, 2) + littleEndian(0xE000, 2) + undefined
        let endOfItem = littleEndian(0xFFFE, 2) + littleEndian(0xE00D, 2) + littleEndian(0, 4)
        let end = littleEndian(0xFFFE, 2) + littleEndian(0xE0DD, 2) + littleEndian(0, 4)
        return head + (0..<items).flatMap { item + content($0) + endOfItem } + end
    }

    private static func nested(_ depth: Int) -> [UInt8] { sequence(1) { _ in depth > 1 ? nested(depth - 1) : [] } }

    private static func littleEndian(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
