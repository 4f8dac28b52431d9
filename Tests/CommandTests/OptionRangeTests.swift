import Foundation
import Testing

/// Numbers without sense are refused by the option's name and its range, before a model is opened.
@Suite("Ranges of options")
struct OptionRangeTests {
    @Test(arguments: [
        (["bench", "--batch", "0"], "--batch: expected 1 to 1024, got 0"), (["bench", "--batch", "99999999999"], "--batch: expected 1 to 1024"),
        (["bench", "--threads", "100000"], "--threads: expected 1 to 1024"), (["bench", "--threads=-1"], "--threads: expected 1 to 1024"),
        (["bench", "--repeat", "4611686018427387904"], "--repeat: expected 1 to 100000"), (["bench", "--size", "65537"], "--size: expected 1 to 65536"),
        (["bench", "--size", "99999999999999999999"], "size"), (["forward", "--input", "a", "--output", "b", "--threads", "0"], "--threads: expected 1 to 1024"),
        (["generate", "--output", "a", "--threads", "1025"], "--threads: expected 1 to 1024"),
        (["generate", "--output", "a", "--batch", "0"], "--batch: expected 1 to 1024"),
        (["generate", "--output", "a", "--count", "9223372036854775807"], "--count: expected 1 to 1000000"),
        (["generate", "--output", "a", "--steps", "0"], "--steps: expected 1 to 1000000"),
        (["generate", "--output", "a", "--width", "0"], "--width: expected 1 to 65536"),
        (["generate", "--output", "a", "--height", "4611686018427387904"], "--height: expected 1 to 65536"),
    ])
    func numbersBeyondThemAreRefused(_ arguments: [String], _ complaint: String) throws {
        let run = try PhantomCommand(arguments + ["--model", "nowhere"], environment: [:])
        #expect(run.status == 64)
        #expect(run.errors.contains(complaint), "\(run.errors)")
    }

    /// A list of numbers has no more parts than it needs, none empty, none that is another thing.
    @Test(arguments: ["0.1,abc,0.8", "0.1,,0.8", "0.1,0.8,", ",0.1,0.8", "0.1", "abc", "", "0.1,", "0.1;0.8", "0.1, 0.8"])
    func intervalsOfAnotherFormAreRefused(_ text: String) throws {
        let run = try PhantomCommand("generate", "--output", "a", "--model", "nowhere", "--guidance-interval", text)
        #expect(run.status == 64)
        #expect(run.errors.contains("--guidance-interval: expected two numbers and a comma, got \(text)."), "\(run.errors)")
    }

    @Test(arguments: ["10,abc,5", "10,,5", "10,5,", "10", "10,0.5", "10,", ""])
    func resamplingOfAnotherFormIsRefused(_ text: String) throws {
        let run = try PhantomCommand(
            "inpaint", "--image", "a", "--mask", "b", "--output", "c", "--model", "nowhere", "--resample", text)
        #expect(run.status == 64)
        #expect(run.errors.contains("--resample: expected two whole numbers and a comma"), "\(run.errors)")
    }

    /// Words and numbers that no model is needed to judge.
    @Test(arguments: [
        (["generate", "--sampler", "nope"], "--sampler: expected one of ddpm, "), (["generate", "--noise", "pink"], "--noise: expected one of philox, torch"),
        (["generate", "--bit-depth", "12"], "--bit-depth: expected 8 or 16"), (["generate", "--seed", "x"], "--seed: expected an integer"),
        (["generate", "--guidance", "101"], "--guidance: expected"), (["generate", "--guidance-rescale", "2"], "--guidance-rescale: expected"),
        (["generate", "--eta", "2"], "--eta: expected"), (["generate", "--spacing", "nope"], "--sampler-option spacing: expected"),
        (["upscale", "--image", "a", "--scale", "3"], "--scale: expected 2, 4 or 8"), (["upscale", "--image", "a", "--scale", "2", "--noise-level", "2"], "--noise-level: expected"),
        (["upscale", "--image", "a", "--scale", "2", "--method", "repaint"], "--method: expected one of ddnm, conditional"),
        (["inpaint", "--image", "a", "--mask", "b", "--method", "bla"], "--method: expected one of ddnm, repaint, got"),
        (["augment", "--per-condition", "1", "--sampler", "none"], "--sampler: expected one of ddpm, "),
        (["ema", "--run", "a", "--width", "0.5"], "--width: expected 0.01 to 0.25, got 0.5"),
        (["ema", "--run", "a", "--width", "0.1", "--sampler", "leapfrog"], "--sampler: expected one of"),
        (["ema", "--run", "a", "--width", "0.1", "--guidance=-1"], "--guidance: expected"),
        (["copies", "audit", "--width", "nan"], "--width: expected 0.01 to 0.25"),
        (["dataset", "inspect", "--kind", "foo", "--path", "a"], "--kind: expected one of folder, "),
        (["dataset", "inspect", "--kind", "folder", "--path", "a", "--on-error", "weep"], "--on-error: expected one of stop, skip"),
        (["dataset", "inspect", "--kind", "folder", "--path", "a", "--attribute", ""], "--attribute: expected"),
        (["dataset", "inspect", "--kind", "folder", "--path", "a", "--group-pattern", "("], "--group-pattern: expected a regular expression"),
        (["dataset", "inspect", "--kind", "folder", "--path", "a", "--size", "0"], "--size: expected 1 to 8192, got 0"),
        (["dataset", "inspect", "--kind", "folder", "--path", "a", "--channels", "2"], "--channels: expected 1 or 3, got 2"),
        (["copies", "index", "--kind", "folder", "--path", "a", "--group-pattern", "*"], "--group-pattern: expected a regular expression"),
        (["ema", "--run", "a", "--width", "0.1", "--steps", "4"], "--sampler: expected the one that --steps is for"),
        (["forward", "--input", "a", "--variant", "../x"], "--variant: expected letters, digits, _ and -, got ../x"),
        (["gradients", "--input", "a", "--variant", "a.b"], "--variant: expected letters, digits, _ and -, got a.b"),
    ])
    func wordsThatNoModelIsNeededForAreUsage(_ arguments: [String], _ complaint: String) throws {
        let isOfModel = !["ema", "dataset"].contains(arguments[0])
        let output = ["dataset", "copies"].contains(arguments[0]) ? [] : ["--output", "nowhere"]
        let run = try PhantomCommand(arguments + output + (isOfModel ? ["--model", "nowhere"] : []), environment: [:])
        #expect(run.status == 64, "\(run.errors)")
        #expect(run.errors.contains("Error: \(complaint)"), "\(run.errors)")
    }

    /// Each is right by itself, and no model makes anything of both.
    @Test(arguments: [
        (["generate", "--sampler", "ddim", "--sampler-option", "order=2"], "--sampler-option order: expected no such option of ddim"),
        (["generate", "--sampler", "edm", "--spacing", "leading"], "--sampler-option spacing: expected no such option of edm"),
        (["generate", "--sampler", "edm", "--sampler-option", "churn.amount=1", "--sampler-option", "churn.min=2", "--sampler-option", "churn.max=1"],
            "--sampler-option churn: expected amount from 0, min from 0 to max, noise from 0 to 2, got amount 1.0, min 2.0, max 1.0"),
        (["generate", "--sampler", "ddpm", "--eta", "0.5"], "--eta: expected 0, because only ddim takes it, got 0.5"),
        (["generate", "--sampler", "probability-flow", "--steps", "3"], "--steps: expected at least 8 with probability-flow"),
        (["generate", "--width", "65536", "--height", "65536"], "--height: expected width times height of at most"),
        (["generate", "--format", "dcm", "--width", "65536"], "--format: expected png, as sides of DICOM are at most 65535"),
        (["generate", "--sampler-option", "order=2", "--sampler-option", "order=3"], "--sampler-option: expected order once"),
        (["generate", "--sampler-option", "churn=1", "--sampler-option", "churn.amount=2"], "--sampler-option: expected churn.amount once"),
        (["inpaint", "--image", "a", "--mask", "b", "--method", "repaint", "--sampler", "euler"], "--sampler: expected ddim or ddpm"),
        (["upscale", "--image", "a", "--scale", "2", "--method", "conditional", "--noise-level", "0.2"], "--noise-level: expected 0"),
        (["augment", "--per-condition", "1", "--sampler", "probability-flow", "--steps", "3"], "--steps: expected at least 8"),
        (["evaluate", "--real", "a", "--sampler", "probability-flow", "--steps", "3"], "--steps: expected at least 8"),
        (["ema", "--run", "a", "--width", "0.1", "--sampler", "probability-flow", "--steps", "3"], "--steps: expected at least 8"),
    ])
    func optionsThatDoNotGoTogetherAreUsage(_ arguments: [String], _ complaint: String) throws {
        let model = arguments[0] == "ema" ? [] : ["--model", "nowhere"]
        let run = try PhantomCommand(arguments + ["--output", "nowhere"] + model, environment: [:])
        #expect(run.status == 64, "\(run.errors)")
        #expect(run.errors.contains("Error: \(complaint)") && run.errors.contains("Usage: phantom \(arguments[0])"), "\(run.errors)")
    }

    @Test(arguments: [
        (["inspect", "--model", "nowhere", "--variant", ""], "variant"),
        (["inspect", "--model", "nowhere", "--variant", "a/b"], "--variant: expected letters, digits, _ and -, got a/b"),
        (["import", "nowhere", "--output", "a", "--variant", "a/b"], "--variant: expected letters, digits, _ and -"),
        (["serve", "--role", "boss"], "The value 'boss' is invalid for '--role <role>'"),
    ])
    func wordsOfTheOthersAreUsageToo(_ arguments: [String], _ complaint: String) throws {
        let run = try PhantomCommand(arguments, environment: [:])
        #expect(run.status == 64 && run.errors.contains(complaint), "\(run.errors)")
        #expect(run.errors.contains("Usage: phantom \(arguments[0])"), "\(run.errors)")
    }

    /// Each number by itself has sense, all together need more memory than there is, or more pixels than can be counted with.
    @Test(arguments: [["--size", "65536"], ["--size", "8192", "--batch", "1024"]])
    func sizesThatCannotBeComputedAreRefused(_ options: [String]) throws {
        let run = try PhantomCommand(["bench", "--model", PhantomCommand.root + "/Models/cxr64"] + options, environment: [:])
        #expect(run.status == 64)
        #expect(run.errors.contains("--batch") && run.errors.contains("--size") && run.errors.contains("expected at most"), "\(run.errors)")
    }

    /// More threads than any test machine has cores: only slower.
    @Test func moreThreadsThanCoresAreServed() throws {
        let run = try PhantomCommand(
            ["bench", "--model", PhantomCommand.root + "/Tests/Fixtures/checkpoints/tiny", "--threads", "100", "--repeat", "1", "--size", "8"], environment: [:])
        #expect(run.status == 0, "\(run.errors)")
    }
}
