import Bytes
import CHDF5
import Foundation
import Images
import JSON
import Testing

@testable import Datasets

/// Sets in the layouts of published ones, against what Pillow, NumPy, h5py and nibabel read
/// (Tests/Fixtures/datasets/make_datasets.py).
@Suite struct KindTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/datasets").path

    static func expected() throws -> JSONCursor {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(root)/expected.json"))
        return JSONCursor(try JSONReader().read([UInt8](data)))
    }

    static func settings(_ kind: String, _ name: String, _ members: JSONObject = [:]) throws -> DatasetSettings {
        var object = members
        (object["kind"], object["path"]) = (.string(kind), .string("\(root)/\(name)"))
        return try DatasetSettings(json: JSONCursor(object))
    }

    private static func bytes(_ cursor: JSONCursor) throws -> [UInt8] {
        try #require(Hexadecimal.decode(try cursor.string()))
    }

    @Test func `JPEG files decode as Pillow decodes them`() throws {
        let expected = try Self.expected().required("jpeg")
        for name in try expected.object().keys {
            let picture = try PictureFile.read("\(Self.root)/jpeg/\(name)")
            #expect((picture.width, picture.height) == (34, 21))
            let samples = try Self.bytes(try expected.required(name))
            let distance = zip(picture.samples, samples).map { abs(Int($0) - Int($1)) }.max() ?? 999
            // The two are built with different versions of the library.
            #expect(picture.samples.count == samples.count && distance <= 1, "\(name)")
        }
    }

    @Test func `JPEG files of 12 bits, cut off or of four colours are refused`() throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(Self.root)/jpeg/grey.jpg"))
        let bytes = [UInt8](data)
        let frame = try #require(bytes.indices.first { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xC0 })
        var deep = bytes
        deep[frame + 4] = 12
        #expect(FolderFixture.message { _ = try PictureFile.read(deep, path: "x") } == "x: expected a JPEG of 8 bits, got one of 12 bits")
        let cut = FolderFixture.message { _ = try PictureFile.read(Array(bytes.prefix(bytes.count - 60)), path: "x") }
        #expect(cut.hasPrefix("x: expected a whole JPEG file, got "))
        var inks = bytes
        inks[frame + 9] = 4
        #expect(FolderFixture.message { _ = try PictureFile.read(inks, path: "x") } == "x: expected one component or three, got 4")
    }

    @Test func `MedMNIST's arrays are images with their labels`() throws {
        let expected = try Self.expected().required("npz")
        let set = try Self.settings("medmnist", "npz/pneumoniamnist.npz").open()
        #expect(set.count == 75 && set.part(29) == .training && set.part(30) == .validation && set.part(74) == .test)
        #expect(set.attributes == [DatasetAttribute(name: "class", values: ["normal", "pneumonia"])])
        #expect(try set.pixels(33).samples == Self.bytes(try expected.required("first")).map(UInt16.init))
        #expect(try set.labels(33)[0] == [expected.required("label").int()])
        #expect(set.name(33).hasSuffix("pneumoniamnist.npz: val_images[3]"))
        #expect(try Self.settings("medmnist", "npz/pneumoniamnist.npz", ["own_split": false]).open().part(33) == nil)
        let many = try Self.settings("medmnist", "npz/chestmnist_64.npz").open()
        #expect(many.attributes[0].multiple && many.attributes[0].values[13] == "hernia")
        #expect(try many.labels(33)[0] == expected.required("many").elements().map { try $0.int() })
        let colours = try Self.settings("medmnist", "npz/own.npz").open()
        let picture = try colours.pixels(2)
        #expect((picture.width, picture.height, picture.channels) == (6, 4, 3))
        #expect(try picture.samples == Self.bytes(try expected.required("colour")).map(UInt16.init))
    }

    @Test func `Arrays of objects are refused by name`() throws {
        let message = FolderFixture.message { _ = try Self.settings("medmnist", "npz/objects.npz").open() }
        #expect(message.contains("train_labels.npy: expected numbers, got an array of objects (|O)"))
        let folder = FolderFixture.message { _ = try Self.settings("medmnist", "npz").open() }
        #expect(folder.hasSuffix("npz: expected a zip archive (.npz), got a folder"), "\(folder)")
    }

    @Test func `PatchCamelyon's patches have the slide as their group`() throws {
        let set = try Self.settings("pcam", "pcam").open()
        #expect(set.count == 30 && set.part(0) == .training && set.part(24) == .validation)
        for (part, last) in [("train", 23), ("valid", 29)] {
            let expected = try Self.expected().required("pcam \(part)")
            #expect(try set.pixels(last).samples == Self.bytes(try expected.required("last")).map(UInt16.init))
            #expect(try set.labels(last)[0] == [expected.required("label").int()])
        }
        #expect(set.group(7) == "camelyon16_train_001" && set.group(29) == "camelyon16_valid_001")
    }

    @Test func `Files packed by lzf or still gzipped are refused by name`() throws {
        let lzf = FolderFixture.message { _ = try Self.settings("pcam", "pcam_lzf").open() }
        #expect(lzf.contains("a_train_x.h5: x: expected chunks packed by deflate, or not packed, got the filter lzf"))
        let fixture = try FolderFixture()
        try fixture.write([0x1F, 0x8B, 8, 0], to: "camelyonpatch_level_2_split_train_x.h5.gz")
        let packed = FolderFixture.message { _ = try fixture.settings(["kind": "pcam"]).open() }
        #expect(packed.contains("expected an HDF5 file, got one that is still gzipped; gunzip "))
    }

    @Test func `One file of patches is a set with what lies beside it`() throws {
        let set = try Self.settings("pcam", "pcam/camelyonpatch_level_2_split_valid_x.h5").open()
        #expect(set.count == 6 && set.part(0) == .validation && set.group(5) == "camelyon16_valid_001")
        let other = FolderFixture.message {
            _ = try Self.settings("pcam", "pcam/camelyonpatch_level_2_split_valid_y.h5").open()
        }
        #expect(other.contains("expected files of patches (..._x.h5), got none"))
    }

    @Test func `Patches without a file of labels are told so`() throws {
        let fixture = try FolderFixture()
        try FileManager.default.copyItem(
            atPath: "\(Self.root)/pcam_short/a_train_x.h5", toPath: "\(fixture.path)/a_train_x.h5")
        let message = FolderFixture.message { _ = try fixture.settings(["kind": "pcam"]).open() }
        #expect(message == "\(fixture.path)/a_train_y.h5: expected the labels beside a_train_x.h5, got no such file")
    }

    /// libhdf5 1.10 reads behind the end of such a chunk: the address sanitizer found it with a file that chance had made.
    @Test func `A chunk of another length than it should have is refused before the library unpacks it`() throws {
        let set = try Self.settings("pcam", "pcam_short").open()
        let message = FolderFixture.message { _ = try set.pixels(5) }
        #expect(message.contains("a_train_x.h5: x, chunk at [4, 0, 0, 0]: expected 768 bytes when unpacked"))
    }

    /// Else the library cannot close at the end of the program, and says so ("infinite loop closing library").
    @Test func `A damaged HDF5 file leaves no error with the thread that met it`() throws {
        let fixture = try FolderFixture()
        try fixture.write(Array("no HDF5".utf8), to: "a.h5")
        let message = FolderFixture.message {
            try LibHDF5.alone { () throws(DatasetError) in _ = try HDF5File(path: "\(fixture.path)/a.h5") }
        }
        #expect(message.contains("a.h5: expected a sound HDF5 file"))
        // 0 is H5E_DEFAULT, the stack of this thread.
        #expect(LibHDF5.lock.withLock { _ in H5Eget_num(0) } == 0)
    }

    @Test func `A DICOM series stands in the order of its slices`() throws {
        let set = try Self.settings("dicom", "dicom").open()
        // The slice at 12 mm is nearer than 4 mm to that at 10.
        #expect((0..<set.count).map { set.name($0).split(separator: "/").last ?? "" } == ["c.dcm", "a.dcm", "d.dcm", "x.dcm"])
        #expect((0..<set.count).map { set.group($0) } == ["one", "one", "one", "two"])
        #expect(set.attributes == [DatasetAttribute(name: "modality", values: ["DX", "MR"])])
        #expect(try set.pixels(2).samples == [UInt16](repeating: 100, count: 16))
        let views = try Self.settings("dicom", "dicom", ["attributes": ["view"]]).open()
        #expect(views.labels(0)[0] == [] && views.labels(3)[0] == [0])
    }
}
