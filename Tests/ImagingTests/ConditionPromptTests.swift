import ImagingFixtures
import JSON
import Testing

@testable import Imaging

@Suite struct ConditionPromptTests {
    private func condition(_ text: String, _ model: ModelFacts = SmallModels.chest) throws -> JSONObject {
        try ConditionPrompt(model).condition(text)
    }

    private static let both: JSONObject = ["view": "PA", "finding": ["effusion", "mass"]]

    @Test(arguments: [
        "view=PA, finding=effusion+mass", "View = pa; Finding = Effusion + MASS", "finding=effusion, finding=mass\nview=PA",
        "PA view with effusion and mass", "a PA image of effusion, mass.", "effusion+mass pa", "pa pa effusion mass effusion",
    ])
    func aConditionIsRead(_ text: String) throws { #expect(try condition(text) == Self.both) }

    @Test(arguments: ["", " , ;", "an image of the view", "\n"])
    func nothingAsksForNothing(_ text: String) throws { #expect(try condition(text).isEmpty) }

    @Test(arguments: [
        ("PA and AP", "view: expected one value, got PA and AP"), ("view=PA+AP", "view: expected one value"),
        ("pneumonia", "unknown word \"pneumonia\"; known are view=PA, AP; finding=nodule, effusion, mass"),
        ("no mass", "unknown word \"no\""), ("view=lateral", "unknown value \"lateral\" of view; known are PA, AP"),
        ("view=", "unknown value \"\" of view"), ("age=4", "unknown attribute \"age\"; known are view, finding"),
        ("finding=effusion++mass", "unknown value \"\" of finding"), ("=", "unknown attribute \"\""),
        (String(repeating: "a", count: 4001), "at most 4000 bytes"),
    ])
    func whatNamesNothingIsRefused(_ text: String, _ detail: String) {
        #expect { try condition(text) } throws: { ($0 as? ConditionPrompt.Refusal)?.detail.contains(detail) == true }
    }

    @Test func valuesOfSeveralWordsAreFoundLongestFirst() throws {
        var facts = SmallModels.chest
        facts.attributes = [
            .init(name: "study", values: ["PA", "PA normal", "AP_normal", "Pleural-Thickening"], multiple: true, firstRow: 0)
        ]
        #expect(try condition("pa normal, ap normal", facts) == ["study": ["PA normal", "AP_normal"]])
        #expect(try condition("PA with pleural thickening", facts) == ["study": ["PA", "Pleural-Thickening"]])
        #expect(try condition("study=PA normal+Pleural-Thickening", facts) == ["study": ["PA normal", "Pleural-Thickening"]])
    }

    @Test func aValueOfTwoAttributesIsToldApart() throws {
        var facts = SmallModels.chest
        facts.attributes = ["a", "b"].map { .init(name: $0, values: ["yes", "no"], multiple: false, firstRow: 0) }
        #expect { try condition("yes", facts) } throws: {
            ($0 as? ConditionPrompt.Refusal)?.detail.contains("write a=yes or b=yes") == true
        }
        #expect(try condition("a=yes, b=no", facts) == ["a": "yes", "b": "no"])
    }

    @Test func aModelWithoutAttributesTakesAnEmptyPrompt() throws {
        #expect(try condition("", SmallModels.plain).isEmpty)
        #expect { try condition("lung", SmallModels.plain) } throws: {
            ($0 as? ConditionPrompt.Refusal)?.detail.contains("send an empty prompt") == true
        }
    }
}
