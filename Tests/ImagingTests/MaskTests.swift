import Diffusion
import Images
import Imaging
import ImagingFixtures
import JSON
import Testing

/// Masks as data sets and paint programs have them.
@Suite struct MaskTests {
    private static func mask(_ bitDepth: Int = 8, channels: Int = 1, _ value: (Int) -> UInt16) throws -> [UInt8] {
        let samples = (0..<32 * 16).flatMap { [UInt16](repeating: value($0 % 32), count: channels) }
        return try PNGEncoder.encode(PixelImage(width: 32, height: 16, channels: channels, bitDepth: bitDepth, samples: samples)).bytes
    }

    private static func read(_ mask: [UInt8]) throws(RequestRefusal) -> PlannedGeneration {
        let validator = GenerationValidator(models: [SmallModels.chest], limits: SmallModels.limits) { _, _, _, _ in 0 }
        return try validator.validate(
            ["seed": "1"], pictures: ["image": .file(Pictures.grey(32, 16)), "mask": .file(mask)], kind: .inpainting)
    }

    private static func restoration(_ mask: [UInt8]) throws -> RestorationRequest { try #require(try read(mask).request.restoration) }

    /// Depth, channels, the lower and the higher value.
    @Test(arguments: [(8, 1, 0, 1), (16, 1, 0, 255), (16, 1, 0, 1), (8, 3, 0, 1), (8, 1, 1, 2), (8, 1, 254, 255), (8, 1, 0, 128), (16, 1, 0, 65534)])
    func aMaskOfTwoValuesIsTakenByThem(_ bitDepth: Int, _ channels: Int, _ low: Int, _ high: Int) throws {
        let restoration = try Self.restoration(Self.mask(bitDepth, channels: channels) { UInt16($0 >= 16 ? high : low) })
        let white = bitDepth == 8 ? 255 : 65535
        #expect(restoration.inputs.mask?.samples.prefix(32).map(Int.init) == (0..<32).map { $0 >= 16 ? white : 0 })
        let note = try #require(restoration.maskNote)
        #expect(note == "mask: of its two values, \(high) was taken as white (filled) and \(low) as black (kept); white is \(white)")
        // The recipe names what was computed with.
        let plain = try Self.read(Self.mask(bitDepth) { $0 >= 16 ? UInt16(white) : 0 })
        #expect(plain.request.restoration?.maskNote == nil)
        #expect(try Self.read(Self.mask(bitDepth, channels: channels) { UInt16($0 >= 16 ? high : low) }).planned.series == plain.planned.series)
    }

    /// A mask in colours, or with an alpha channel: (red, green, blue, alpha), each as its pixel in the left and the right half.
    private static func coloured(_ left: [UInt16], _ right: [UInt16], third: [UInt16]? = nil) throws -> [UInt8] {
        var samples: [UInt16] = []
        for pixel in 0..<32 * 16 {
            if let third, pixel == 5 { samples += third } else { samples += pixel % 32 >= 16 ? right : left }
        }
        return try PNGEncoder.encode(PixelImage(width: 32, height: 16, channels: left.count, bitDepth: 8, samples: samples)).bytes
    }

    private static func firstRow(_ restoration: RestorationRequest) -> [UInt16] {
        restoration.inputs.mask.map { Array($0.samples.prefix(32)) } ?? []
    }

    /// Black on the left, `white` on the right.
    private static func halves(_ white: UInt16) -> [UInt16] { [UInt16](repeating: 0, count: 16) + [UInt16](repeating: white, count: 16) }

    /// Label maps with a palette, and what paint programs save: nothing but white and black is lost.
    @Test(arguments: [
        ([0, 0, 0], [128, 0, 0]), ([0, 0, 0], [255, 0, 0]), ([255, 0, 0], [255, 255, 255]), ([0, 0, 0, 255], [255, 0, 0, 255]),
    ] as [([UInt16], [UInt16])])
    func twoColoursAreTakenByTheBrighter(_ low: [UInt16], _ high: [UInt16]) throws {
        let restoration = try Self.restoration(Self.coloured(low, high))
        #expect(Self.firstRow(restoration) == Self.halves(255))
        func mean(_ colour: [UInt16]) -> Int { (Int(colour[0]) + Int(colour[1]) + Int(colour[2])) / 3 }
        let start = "mask: of its two values, \(mean(high)) was taken as white (filled) and \(mean(low)) as black"
        #expect(restoration.maskNote?.hasPrefix(start) == true)
        let other = try Self.restoration(Self.coloured(high, low))
        #expect(Self.firstRow(other) == Self.halves(255).reversed())
    }

    @Test func anOpaqueAlphaChannelIsPassedOver() throws {
        for (black, white) in [([0, 255], [255, 255]), ([0, 0, 0, 255], [255, 255, 255, 255])] as [([UInt16], [UInt16])] {
            let restoration = try Self.restoration(Self.coloured(black, white))
            #expect(restoration.maskNote == nil)
            #expect(Self.firstRow(restoration) == Self.halves(255))
        }
    }

    @Test(arguments: [
        ([255, 0, 0], [0, 0, 255], nil, "expected a mask in shades of grey", "neither of them brighter in each channel"),
        ([0, 0, 0], [128, 0, 0], [0, 128, 0], "expected a mask in shades of grey", "three colours or more"),
        ([0, 0, 0, 0], [255, 255, 255, 255], nil, "expected an opaque mask", "-alpha extract -negate"),
        ([0, 0], [255, 255], nil, "expected an opaque mask", "without -negate what is opaque"),
    ] as [([UInt16], [UInt16], [UInt16]?, String, String)])
    func whatIsNotClearIsRefusedWithAWayOut(
        _ left: [UInt16], _ right: [UInt16], _ third: [UInt16]?, _ start: String, _ part: String
    ) throws {
        let refusal = try #require(throws: RequestRefusal.self) {
            _ = try Self.read(Self.coloured(left, right, third: third))
        }
        #expect(refusal.faults.map(\.pointer) == ["#/mask"])
        let detail = try #require(refusal.faults.first?.detail)
        #expect(detail.hasPrefix(start) && detail.contains(part), "\(detail)")
    }

    @Test func theNoteIsKeptWithTheJob() throws {
        let first = try Self.read(Self.mask { $0 >= 16 ? 1 : 0 })
        #expect(first.request.json["mask"]?["note"]?.string?.contains("two values") == true)
        let validator = GenerationValidator(models: [SmallModels.chest], limits: SmallModels.limits) { _, _, _, _ in 0 }
        let second = try validator.validate(.object(first.request.json), kind: .inpainting, inputs: first.request.restoration?.inputs)
        #expect(second.request == first.request)
    }

    @Test func shadesBlendAsBefore() throws {
        let restoration = try Self.restoration(Self.mask { UInt16($0 * 255 / 31) })
        #expect(restoration.maskNote == nil)
        #expect(restoration.inputs.mask?.samples.prefix(32).map(Int.init) == (0..<32).map { $0 * 255 / 31 })
        let white = try Self.restoration(Self.mask { _ in 255 })
        #expect(white.maskNote?.contains("all of the image is filled") == true)
    }

    @Test(arguments: [(8, 0, 1), (8, 1, 1), (8, 2, 3), (16, 255, 3), (8, 127, 1)]) func aMaskThatSelectsNothingIsRefusedByItsBrightest(
        _ bitDepth: Int, _ high: Int, _ count: Int
    ) throws {
        let refusal = try #require(throws: RequestRefusal.self) { _ = try Self.read(Self.mask(bitDepth) { UInt16(high - $0 % count) }) }
        #expect(refusal.faults.map(\.pointer) == ["#/mask"])
        let white = bitDepth == 8 ? 255 : 65535
        #expect(refusal.faults[0].detail.hasPrefix("expected some white, which is filled; the brightest level is \(high) of \(white)"))
    }
}
