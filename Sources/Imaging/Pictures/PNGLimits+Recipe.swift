import Diffusion
import Images

extension PNGLimits {
    /// Of images that were made here, which may be as large as recipes can say.
    public static let made = made(pixels: Recipe.maximumCount)

    /// - Parameter pixels: width times height at most.
    static func made(pixels: Int) -> PNGLimits { PNGLimits(pixels: pixels, textBytes: longestRecipe) }

    /// 100,000 betas of a schedule make 2.4 million characters, each value of a condition its own.
    private static let longestRecipe = 1 << 24
}
