import JSON
import TestSupport
import Testing

@testable import Training

@Suite struct HostileSettingsTests {
    private static let spoilt: [JSONValue] = [
        .null, -1, 0, 1, 0.5, 1e300, -1e300, 9_223_372_036_854_775_807, "x", "", [], [1], [-1, 1e9], [:], ["a": 1],
        true,
    ]

    /// The settings with one value replaced, at every place and by every value of the list.
    private static func variants(_ value: JSONValue) -> [JSONValue] {
        var variants = spoilt
        if let object = value.object {
            for (key, member) in object {
                variants += Self.variants(member).map { other in
                    var changed = object
                    changed[key] = other
                    return .object(changed)
                }
            }
        } else if let array = value.array {
            for index in array.indices {
                variants += Self.variants(array[index]).map { other in
                    var changed = array
                    changed[index] = other
                    return .array(changed)
                }
            }
        }
        return variants
    }

    /// Whatever stands in a train.json makes a plan or an error, and what makes a plan reads back.
    @Test func spoiltSettingsAreRefusedOrPlanned() throws {
        let folder = try TemporaryFolder()
        var run = TinyRun(folder.path)
        run.settings.augmentation.nonLeaky = .init()
        run.settings.augmentation.labelSafe = .init()
        run.settings.stop.gap = 1
        run.settings.images = 320
        let whole = try run.plan().settings.json
        var (planned, refused) = (0, 0)
        for variant in Self.variants(.object(whole)) {
            guard let object = variant.object else { continue }
            do {
                run.settings = try TrainingSettings(json: object)
                let filled = try run.plan().settings
                #expect(try TrainingSettings(json: filled.json) == filled)
                planned += 1
            } catch { refused += 1 }
        }
        #expect(planned > 50 && refused > 500)
    }
}
