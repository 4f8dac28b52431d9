import Foundation
import Images
import JSON
import Testing

@testable import Datasets

/// NIH ChestX-ray14 and Camelyon17 of WILDS, in small.
@Suite struct ChestSetTests {
    /// The header of 2017, whose names hold commas, with the comma at its end that the rows have as well.
    private static let header =
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
        + "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],\n"

    private static func fixture(_ rows: [String], table: String = "Data_Entry_2017.csv") throws -> FolderFixture {
        let fixture = try FolderFixture()
        for (place, row) in rows.enumerated() {
            let name = row.split(separator: ",")[0]
            try fixture.write(try FolderFixture.picture(seed: place, channels: place == 1 ? 4 : 1), to: "images_00\(1 + place % 2)/images/\(name)")
        }
        try fixture.write(header + rows.map { $0 + "\n" }.joined(), to: table)
        return fixture
    }

    private static let rows = [
        "00000001_000.png,Cardiomegaly,0,1,058Y,M,PA,2682,2749,0.143,0.143,",
        "00000001_001.png,Cardiomegaly|Emphysema,1,1,58,M,PA,2894,2729,0.143,0.143,",
        "00000002_000.png,No Finding,0,2,411,F,AP,2500,2048,0.168,0.168,",
        "00000003_000.png,Hernia,0,3,011M,F,AP,2500,2048,0.168,0.168,",
    ]

    @Test func `Rows of ChestX-ray14 are read by position`() throws {
        let fixture = try Self.fixture(Self.rows)
        let set = try fixture.settings(["kind": "nih", "attributes": ["finding", "view", "sex", "age"]]).open()
        #expect(set.count == 4 && (0..<4).map { set.group($0) } == ["1", "1", "2", "3"])
        #expect(set.attributes[0].values.count == 15 && set.attributes[0].multiple)
        func words(_ image: Int, _ attribute: Int) -> [String] {
            set.labels(image)[attribute].map { set.attributes[attribute].values[$0] }
        }
        #expect(words(1, 0) == ["Cardiomegaly", "Emphysema"] && words(2, 0) == ["No Finding"])
        #expect((0..<4).map { words($0, 1) } == [["PA"], ["PA"], ["AP"], ["AP"]])
        #expect((0..<4).map { words($0, 2) } == [["M"], ["M"], ["F"], ["F"]])
        // 411 years are none, and 11 months are of a child.
        #expect((0..<4).map { words($0, 3) } == [["40-59"], ["40-59"], [], ["0-17"]])
        #expect(try set.pixels(3) == FolderFixture.picture(seed: 3))
    }

    @Test func `The table of 2020, the official lists and the boxes are read`() throws {
        let fixture = try Self.fixture(Self.rows.map { String($0.dropLast()) }, table: "Data_Entry_2017_v2020.csv")
        try fixture.write("00000001_000.png\n00000001_001.png\r\n00000003_000.png", to: "train_val_list.txt")
        try fixture.write("00000002_000.png\n", to: "test_list.txt")
        try fixture.write(
            "Image Index,Finding Label,Bbox [x,y,w,h],,,\n00000001_000.png,Infiltrate,225.08,547.01,86.77,79.18\n",
            to: "BBox_List_2017.csv")
        let set = try fixture.settings(["kind": "nih"]).open()
        #expect((0..<4).map { set.part($0) } == [.training, .training, .test, .training])
        #expect(set.notes.contains("BBox_List_2017.csv has 1 boxes in 1 images"))
        let boxes = try #require(try NIHBoxes(folder: fixture.path)).boxes
        #expect(boxes["00000001_000.png"] == [.init(finding: "Infiltration", x: 225.08, y: 547.01, width: 86.77, height: 79.18)])
    }

    @Test func `Rows that are not as they must be are named`() throws {
        for (row, words) in [
            ("00000001_000.png,Colds,0,1,58,M,PA,1,1,1,1,", "expected one of the values of finding"),
            ("00000001_000.png,Mass,0,one,58,M,PA,1,1,1,1,", "row 2, field 4: expected a patient's number, got \"one\""),
            ("00000001_000.png,Mass,0,1,old,M,PA,1,1,1,1,", "row 2, field 5: expected an age, got \"old\""),
            ("00000001_000.png,Mass,0,1,58,M,LL,1,1,1,1,", "row 2, field 7: expected PA or AP, got \"LL\""),
            ("00000001_000.png,Mass", "row 2: expected 7 fields at least, got 2"),
        ] {
            let fixture = try Self.fixture([row])
            let message = FolderFixture.message { _ = try fixture.settings(["kind": "nih"]).open() }
            #expect(message.contains(words), "\(message)")
        }
    }

    @Test func `Grey pictures stored as colours are grey`() throws {
        let grey = try FolderFixture.picture(seed: 5)
        let colours = try PixelImage(
            width: 12, height: 12, channels: 4, bitDepth: 8, samples: grey.samples.flatMap { [$0, $0, $0, 255] })
        let shape = PixelShape(height: 12, width: 12, channels: 1)
        let transform = PixelTransform(shape: shape, filter: .lanczos, fit: .crop, colour: .refuse)
        #expect(try transform.apply(colours, name: "x") == grey)
        let tinted = try PixelImage(width: 12, height: 12, channels: 3, bitDepth: 8, samples: [9] + [UInt16](repeating: 7, count: 431))
        let message = FolderFixture.message { _ = try transform.apply(tinted, name: "x") }
        #expect(message.hasPrefix("x: expected a grey picture for a network of one channel, got colours, as at (0, 0); "))
        let clear = try PixelImage(width: 12, height: 12, channels: 2, bitDepth: 8, samples: [UInt16](repeating: 7, count: 288))
        #expect(FolderFixture.message { _ = try transform.apply(clear, name: "x") }.contains("expected an opaque picture"))
    }

    @Test func `Patches of WILDS have the patient as text`() throws {
        let fixture = try FolderFixture()
        var table = ",patient,node,x_coord,y_coord,tumor,slide,center,split\n"
        for (place, (patient, center, tumor)) in [("004", 0, 1), ("004", 0, 0), ("17", 2, 1)].enumerated() {
            let padded = patient.count == 2 ? "0" + patient : patient
            table += "\(place),\(patient),4,\(place),7,\(tumor),0,\(center),0\n"
            try fixture.write(
                try FolderFixture.picture(seed: place, channels: 3),
                to: "patches/patient_\(padded)_node_4/patch_patient_\(padded)_node_4_x_\(place)_y_7.png")
        }
        try fixture.write(table, to: "metadata.csv")
        let set = try fixture.settings(["kind": "wilds", "attributes": ["tumour", "centre"]]).open()
        #expect((0..<3).map { set.group($0) } == ["patient 004", "patient 004", "patient 017"])
        #expect((0..<3).map { set.labels($0) } == [[[1], [0]], [[0], [0]], [[1], [1]]].map { DatasetLabels($0) })
        #expect((0..<3).map { set.part($0) } == [nil, nil, .test])
    }
}
