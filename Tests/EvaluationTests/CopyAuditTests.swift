import Datasets
import Foundation
import Images
import JSON
import TestSupport
import Testing

@testable import Evaluation

/// The order in which conditions are audited: those first that the fewest training images show.
@Suite struct CopyAuditTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Images of each class in training and for testing; none is held out for validation.
    private func dataset(_ classes: [(name: String, training: Int, test: Int)], smallClasses: String) throws -> JSONObject {
        var table = "filename,label,split\n", number = 0
        for (name, training, test) in classes {
            for place in 0..<training + test {
                let png = try PNGEncoder.encode(Fixtures.picture(number))
                try Data(png.bytes).write(to: URL(fileURLWithPath: "\(folder.path)/\(number).png"))
                table += "\(number).png,\(name),\(place < training ? "train" : "test")\n"
                number += 1
            }
        }
        try table.write(toFile: "\(folder.path)/labels.csv", atomically: true, encoding: .utf8)
        return [
            "kind": "folder", "path": .string(folder.path), "attributes": ["label"], "validation": 0,
            "small_classes": .string(smallClasses),
        ]
    }

    private func order(_ values: [String], _ counts: [String: Int]) -> [String] {
        let conditions = values.map { LabelledCondition([("label", $0)], count: 1) }
        return CopyAudit.rarestFirst(conditions, counts: counts).map(\.label)
    }

    /// Small classes are one in the model, and there the rarest.
    @Test func theValueOfSmallClassesHasTheirImages() throws {
        let dataset = try dataset(
            [("a", 30, 0), ("b", 24, 0), ("rare", 5, 0), ("scarce", 3, 0)], smallClasses: "merge")
        let counts = try CopyAudit.counts(trainedWith: dataset)
        #expect(counts == ["label=a": 30, "label=b": 24, "label=other": 8])
        #expect(order(["a", "b", "other"], counts) == ["other", "b", "a"])
    }

    @Test func onlyImagesOfTrainingCount() throws {
        let dataset = try dataset([("a", 16, 14), ("b", 24, 0)], smallClasses: "keep")
        let counts = try CopyAudit.counts(trainedWith: dataset)
        #expect(counts == ["label=a": 16, "label=b": 24] && order(["b", "a"], counts) == ["a", "b"])
    }

    /// What none shows comes last.
    @Test func conditionsWithoutImagesComeLast() {
        #expect(order(["x", "b", "a"], ["label=a": 1, "label=b": 2]) == ["a", "b", "x"])
    }

    /// The sets of an evaluation have the labels of the model as well, and so are compared by them.
    @Test func setsOfAnEvaluationHaveTheLabelsOfTheModel() throws {
        let dataset = try dataset([("a", 20, 4), ("rare", 6, 2), ("scarce", 3, 2)], smallClasses: "merge")
        let file = "\(folder.path)/set.json"
        try Data(JSONWriter().write(.object(dataset))).write(to: URL(fileURLWithPath: file))
        for (role, count) in [(ImageSet.Role.real, 8), (.train, 29)] {
            let set = ImageSet(
                try ImageSource(path: file, role: role), role: role, shape: PixelShape(height: 8, width: 8, channels: 1))
            #expect(set.attributes.map(\.values) == [["a", "other"]] && set.count == count)
            let others = (0..<set.count).count { set.labels($0)[0] == [1] }
            #expect(others == (role == .real ? 4 : 9))
        }
    }
}
