import Tensors

/// The kinds of blocks, with torchvision's letters. Means do not count the zeros around an image, and the last block
/// takes maxima instead: so the network of 2015 does by which the Frechet inception distance is defined, and
/// pytorch-fid after it.
extension InceptionBlock.Part {
    private static func mean(_ outputs: Int) -> Self {
        .pooled(Pooling(.mean, size: 3, stride: 1, padding: 1), [.init("branch_pool", outputs)])
    }

    static func a(pool: Int) -> [Self] {
        [
            .branch([.init("branch1x1", 64)]),
            .branch([.init("branch5x5_1", 48), .init("branch5x5_2", 64, .square(5, padding: 2))]),
            .branch([
                .init("branch3x3dbl_1", 64), .init("branch3x3dbl_2", 96, .square(3, padding: 1)),
                .init("branch3x3dbl_3", 96, .square(3, padding: 1)),
            ]),
            mean(pool),
        ]
    }

    static var b: [Self] {
        [
            .branch([.init("branch3x3", 384, .square(3, stride: 2))]),
            .branch([
                .init("branch3x3dbl_1", 64), .init("branch3x3dbl_2", 96, .square(3, padding: 1)),
                .init("branch3x3dbl_3", 96, .square(3, stride: 2)),
            ]),
            .pooled(Pooling(.max, size: 3, stride: 2), []),
        ]
    }

    static func c(_ inner: Int) -> [Self] {
        [
            .branch([.init("branch1x1", 192)]),
            .branch([
                .init("branch7x7_1", inner), .init("branch7x7_2", inner, .row(7)),
                .init("branch7x7_3", 192, .column(7)),
            ]),
            .branch([
                .init("branch7x7dbl_1", inner), .init("branch7x7dbl_2", inner, .column(7)),
                .init("branch7x7dbl_3", inner, .row(7)), .init("branch7x7dbl_4", inner, .column(7)),
                .init("branch7x7dbl_5", 192, .row(7)),
            ]),
            mean(192),
        ]
    }

    static var d: [Self] {
        [
            .branch([.init("branch3x3_1", 192), .init("branch3x3_2", 320, .square(3, stride: 2))]),
            .branch([
                .init("branch7x7x3_1", 192), .init("branch7x7x3_2", 192, .row(7)),
                .init("branch7x7x3_3", 192, .column(7)), .init("branch7x7x3_4", 192, .square(3, stride: 2)),
            ]),
            .pooled(Pooling(.max, size: 3, stride: 2), []),
        ]
    }

    static func e(isLast: Bool) -> [Self] {
        let window = Pooling(isLast ? .max : .mean, size: 3, stride: 1, padding: 1)
        return [
            .branch([.init("branch1x1", 320)]),
            .split(
                [.init("branch3x3_1", 384)],
                [.init("branch3x3_2a", 384, .row(3)), .init("branch3x3_2b", 384, .column(3))]),
            .split(
                [.init("branch3x3dbl_1", 448), .init("branch3x3dbl_2", 384, .square(3, padding: 1))],
                [.init("branch3x3dbl_3a", 384, .row(3)), .init("branch3x3dbl_3b", 384, .column(3))]),
            .pooled(window, [.init("branch_pool", 192)]),
        ]
    }
}
