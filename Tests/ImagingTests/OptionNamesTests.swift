import Imaging
import Testing

/// The command speaks of options where the service speaks of JSON pointers.
@Suite struct OptionNamesTests {
    @Test(arguments: [
        ("#/steps", "--steps"), ("#/count", "--count"), ("#/seed", "--seed"), ("#/sampler", "--sampler"), ("#/guidance", "--guidance"),
        ("#/guidance_rescale", "--guidance-rescale"), ("#/guidance_interval/steps", "--guidance-interval"), ("#/noise", "--noise"),
        ("#/eta", "--eta"), ("#/bit_depth", "--bit-depth"), ("#/sampler_options/order", "--sampler-option order"),
        ("#/sampler_options/churn/amount", "--sampler-option churn.amount"), ("#/sampler_options", "--sampler-option"),
        ("#/condition/view", "--condition view"), ("#/condition", "--condition"), ("#/resample/length", "--resample"),
        ("#/image", "--image"), ("#/mask", "--mask"), ("#/scale", "--scale"), ("#/method", "--method"), ("#/noise_level", "--noise-level"),
        ("#/model", "--model"), ("#/width", "--width"), ("#/height", "--height"), ("#", "options"),
    ])
    func everyFieldHasTheNameOfItsOption(_ pointer: String, _ option: String) {
        let refusal = RequestRefusal(.invalid, "One field is not valid.", faults: [.init(pointer: pointer, detail: "expected 1 to 10, got 0")])
        #expect(refusal.namingOptions.description == "\(option): expected 1 to 10, got 0")
    }
}
