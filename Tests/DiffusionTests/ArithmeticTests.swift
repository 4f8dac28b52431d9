import Bytes
import Diffusion
import Testing

/// The bits of whole runs, written down. Images in the world carry the version `arithmetic` and are verified by it: a
/// change here is a change of `Recipe.currentArithmetic`.
struct ArithmeticTests {
    static let sums: [(SamplerKind, [UInt32])] = [
        (.ddpm, [0x951c_9079, 0x123d_619f, 0x6dee_490b]), (.ddim, [0x0d62_31a9, 0xbd63_b650, 0x8d7f_2870]),
        (.dpmSolverPlusPlus, [0x45ab_077b, 0x62c0_c157, 0x8d85_ecc9]),
        (.stochasticDPMSolverPlusPlus, [0x8c6b_12ab, 0x6150_69f6, 0xd02b_49ae]), (.unipc, [0xa4c6_065c, 0x3046_a557, 0xd69a_3bae]),
        (.euler, [0x4a49_6a5c, 0x4b11_c249, 0xdcfd_630c]), (.eulerAncestral, [0x18e6_222b, 0xeadb_adc9, 0x5442_0faf]),
        (.heun, [0xb3e6_f094, 0x98f3_578b, 0x51ce_2a10]), (.edm, [0x2da5_32d7, 0x8571_38a5, 0x0cd2_5c6c]),
        (.predictorCorrector, [0xe350_b287, 0xac9d_d97d, 0x27db_72a3]),
        (.probabilityFlow, [0x11f9_673f, 0x3887_e748, 0xface_6eb7]),
    ]

    @Test func everySamplerIsListed() { #expect(Self.sums.map(\.0) == SamplerKind.allCases) }

    /// Without a spacing, as recipes of earlier versions are, and with the one that means the same.
    @Test(arguments: sums, [nil, SamplerOptions.Spacing.model])
    func bitsStay(_ sum: (kind: SamplerKind, expected: [UInt32]), _ spacing: SamplerOptions.Spacing?) throws {
        let (kind, expected) = sum
        guard spacing == nil || kind != .probabilityFlow else { return }
        let got = try PredictionType.allCases.map { prediction in
            var scheduler = SchedulerConfiguration()
            (scheduler.betaSchedule, scheduler.prediction) = (.squaredCosine, prediction)
            scheduler.solver.order = 3
            var recipe = Recipe.make(kind, steps: 19, scheduler: scheduler)
            recipe.seed = 5
            recipe.samplerOptions.spacing = spacing
            if kind == .probabilityFlow { recipe.steps = 1000 }
            if kind == .edm {
                var churn = Churn()
                churn.amount = 5
                recipe.samplerOptions.churn = churn
            }
            let end = try TrajectoryStepper(RationalNetwork()).run(Trajectory(recipe: recipe))
            let bytes = end.latent.flatMap { value in (0..<4).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
            return CRC32(of: bytes).value
        }
        #expect(got == expected)
    }
}
