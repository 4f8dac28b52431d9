import Bytes
import Copies
import Images

/// Pictures drawn at random, nobody's: rectangles of different levels on a ground.
enum DrawnPictures {
    static func picture(_ number: Int, side: Int = 48) throws -> PixelImage {
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ range: Range<Int>) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return range.lowerBound + Int(state >> 33) % range.count
        }
        var samples = [UInt16](repeating: UInt16(next(20..<90)), count: side * side)
        for _ in 0..<12 {
            let (left, top, level) = (next(-6..<side), next(-6..<side), UInt16(next(20..<236)))
            let (right, bottom) = (left + next(4..<24), top + next(4..<24))
            for y in max(0, top)..<max(0, min(side, bottom)) {
                for x in max(0, left)..<max(0, min(side, right)) { samples[y * side + x] = level }
            }
        }
        return try PixelImage(width: side, height: side, channels: 1, bitDepth: 8, samples: samples)
    }

    static func images(_ numbers: Range<Int>, side: Int = 48) -> IndexedImages {
        IndexedImages(count: numbers.count) { place in
            IndexedImage(try picture(numbers.lowerBound + place, side: side), group: "patient \((place + 1) / 2)")
        }
    }

    static func origin(side: Int = 48) -> CopyIndex.Origin {
        CopyIndex.Origin(dataset: Digest(of: "drawn").hexadecimal, width: side, height: side, channels: 1)
    }

    static func index(_ count: Int = 120, heldOut: Int = 60) throws -> CopyIndex {
        try CopyIndex(origin(), of: images(0..<count), heldOut: images(10_000..<(10_000 + heldOut)))
    }
}
