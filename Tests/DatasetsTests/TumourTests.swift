import JSON
import Testing

@testable import Datasets

/// Which labels of a mask are a tumour: a Decathlon task has organs among them.
@Suite struct TumourTests {
    private static let sides = [8, 8, 6]

    /// A task of one volume whose mask has label 1 from slice 2 on, and `second` in one voxel of slices 4 and 5.
    private static func task(_ labels: JSONObject?, second: Float = 2) throws -> FolderFixture {
        let fixture = try FolderFixture()
        var task: JSONObject = ["name": "task", "modality": ["0": "CT"]]
        task["labels"] = labels.map { .object($0) }
        try fixture.write(task.serialized(), to: "dataset.json")
        try fixture.write(NIfTIFixture.bytes(sides) { Float(100 + $0 + 8 * $1 + $2) }, to: "imagesTr/case_001.nii")
        let mask = NIfTIFixture.bytes(sides) { x, y, z in z < 2 ? 0 : z >= 4 && x == 3 && y == 3 ? second : 1 }
        try fixture.write(mask, to: "labelsTr/case_001.nii")
        return fixture
    }

    private static func open(_ fixture: FolderFixture, _ attributes: [JSONValue]? = nil) throws -> any Dataset {
        var members: JSONObject = ["kind": "nifti", "volumes": ["distance": 1, "foreground": 0]]
        members["attributes"] = attributes.map { .array($0) }
        return try fixture.settings(members).open()
    }

    /// The value of `tumour` of each slice, from below.
    private static func tumours(_ set: any Dataset) throws -> [[Int]] {
        let place = try #require(set.attributes.firstIndex { $0.name == "tumour" })
        return (0..<set.count).map { set.labels($0)[place] }
    }

    @Test func `The organ that a tumour lies in is none`() throws {
        let set = try Self.open(try Self.task(["0": "background", "1": "liver", "2": "cancer"]))
        #expect(set.attributes.map(\.name) == ["contrast", "level", "tumour"])
        #expect(try Self.tumours(set) == [[0], [0], [0], [0], [1], [1]])
    }

    @Test(arguments: ["edema", "non-enhancing tumor", "Tumour", "colon cancer primaries", "lesions", "necrosis"])
    func `Parts of a tumour count, as the Decathlon names them`(name: String) throws {
        let set = try Self.open(try Self.task(["0": "background", "1": .string(name), "2": "vessel"]))
        #expect(try Self.tumours(set) == [[0], [0], [1], [1], [1], [1]])
    }

    @Test(arguments: [["0": "background", "1": "spleen"], ["0": "tumour", "1": "Anterior", "2": "Posterior"], nil] as [JSONObject?])
    func `A task of organs alone has no attribute tumour`(labels: JSONObject?) throws {
        let fixture = try Self.task(labels), set = try Self.open(fixture)
        #expect(set.attributes.map(\.name) == ["contrast", "level"])
        #expect(set.notes.contains("no label of dataset.json names a tumour: masks are not read"))
        let message = FolderFixture.message { _ = try Self.open(fixture, ["tumour"]) }
        #expect(message.contains("attribute tumour: expected one of those of kind nifti, contrast, level"))
    }

    @Test func `Labels that dataset.json does not have are refused by the voxel`() throws {
        let many = try Self.open(try Self.task(["1": "kidney", "9": "kidney tumour"], second: 9))
        #expect(try Self.tumours(many) == [[0], [0], [0], [0], [1], [1]])
        let unknown = FolderFixture.message { _ = try Self.open(try Self.task(["1": "lung", "2": "cancer"], second: 3)) }
        #expect(unknown.contains("labelsTr/case_001.nii: voxel ") && unknown.contains("expected a label 0 ... 2, got 3"))
        for labels in [["tumour": "1"], ["1": 1], ["256": "tumour"]] as [JSONObject] {
            let message = FolderFixture.message { _ = try Self.open(try Self.task(labels)) }
            #expect(message.contains("dataset.json: expected a Decathlon task's modality and labels, got "), "\(message)")
        }
    }
}
