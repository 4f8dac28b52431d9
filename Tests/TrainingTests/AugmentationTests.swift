import Testing

@testable import Training

@Suite struct AugmentationTests {
    private static let image = (0..<48).map { Float($0) }

    @Test func warpsMoveImages() {
        let mirrored = AffineWarp(a: -1).applied(to: Self.image, height: 6, width: 8)
        #expect(Array(mirrored[..<8]) == (0..<8).reversed().map { Float($0) })
        // From one column to the right; beyond the edge the image is mirrored.
        let moved = AffineWarp(c: 1).applied(to: Self.image, height: 6, width: 8)
        #expect(Array(moved[..<8]) == [1, 2, 3, 4, 5, 6, 7, 6])
        #expect(AffineWarp().applied(to: Self.image, height: 6, width: 8) == Self.image)
    }

    /// One warp after the other is their product.
    @Test func warpsFollowEachOther() {
        let turn = AffineWarp(a: 0, b: -1, d: 1, e: 0), shift = AffineWarp(c: 2, f: -1)
        // (x, y) -> turn -> (-y, x) -> shift -> (-y + 2, x - 1)
        #expect(turn.then(shift) == AffineWarp(a: 0, b: -1, c: 2, d: 1, e: 0, f: -1))
        #expect(shift.then(turn) == AffineWarp(a: 0, b: -1, c: 1, d: 1, e: 0, f: 2))
    }

    /// Warps that keep labels never mirror, and stay within their bounds.
    @Test func labelSafeWarpsDoNotMirror() {
        for number in 0..<200 {
            let warp = Augmentation.LabelSafe().warp(ImageDraws(seed: 1, number: number), height: 100, width: 100)
            #expect(warp.a > 0.9 && warp.e > 0.9 && warp.a * warp.e - warp.b * warp.d > 0)
            #expect(warp.c.magnitude <= 3 && warp.f.magnitude <= 3)
        }
    }

    /// What is done to an image is told, and with probability 0 nothing is.
    @Test func nonLeakyWarpsAreTold() {
        var augmentation = Augmentation()
        augmentation.nonLeaky = .init(probability: 0.5, stain: true)
        #expect(augmentation.rows == 11)
        var kinds = [Bool](repeating: false, count: 11)
        for number in 0..<200 {
            let draws = ImageDraws(seed: 2, number: number)
            let (image, told) = augmentation.applied(to: Self.image, height: 6, width: 8, draws: draws)
            #expect(told.count == 11 && (image == Self.image) == told.allSatisfy { $0 == 0 })
            for (place, value) in told.enumerated() where value != 0 { kinds[place] = true }
        }
        #expect(kinds == [Bool](repeating: true, count: 11))
        augmentation.nonLeaky = .init(probability: 0)
        let (image, told) = augmentation.applied(
            to: Self.image, height: 6, width: 8, draws: ImageDraws(seed: 2, number: 1))
        #expect(image == Self.image && told == [Float](repeating: 0, count: 9))
    }

    /// Coefficients go to the rows after the null row; a table of augmentation alone is never asked for nothing.
    @Test func toldParametersAreClassRows() {
        let rows = ClassRows(attributes: [.init(name: "a", values: ["x", "y"])], augmentationRows: 9)
        #expect(rows.null == 2 && rows.exported == 3 && rows.trained == 12)
        let asked = rows.adding([0, 0, -0.5, 0, 0, 0, 0, 0, 1], to: rows.rows(.init([[1]])))
        #expect(asked.map(\.row) == [1, 5, 11] && asked.map(\.coefficient) == [1, -0.5, 1])
        #expect(rows.rows(.init([[]])).map(\.row) == [2])
        let alone = ClassRows(attributes: [], augmentationRows: 9)
        #expect(alone.null == nil && alone.exported == 0 && alone.nullRows.map(\.coefficient) == [0])
        #expect(ClassRows(attributes: [], augmentationRows: 0).nullRows.isEmpty)
    }
}
