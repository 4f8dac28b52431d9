import Bytes
import Foundation
import Images
import JSON
import Testing

@testable import Datasets

/// Volumes against nibabel: slices, levels, tumours, and every pixel of the middle slice.
@Suite struct VolumeTests {
    private static func check(_ set: any Dataset, _ expected: JSONCursor, attributes: (level: Int, tumour: Int?)) throws {
        for name in try expected.object().keys {
            let facts = try expected.required(name)
            let images = (0..<set.count).filter { set.name($0).contains("/\(name), ") }
            let slices = try facts.required("slices").elements().map { try $0.int() }
            let found = images.map { set.name($0).split(separator: " ").dropLast(2).last.flatMap { Int($0) } }
            #expect(found == slices, "\(name)")
            let levels = try facts.required("levels").elements().map { [try $0.int()] }
            #expect(images.map { set.labels($0)[attributes.level] } == levels, "\(name)")
            if let tumour = attributes.tumour {
                let tumours = try facts.required("tumour").elements().map { [try $0.bool() ? 1 : 0] }
                #expect(images.map { set.labels($0)[tumour] } == tumours, "\(name)")
            }
            let middle = try facts.required("middle").int()
            let image = images[try #require(slices.firstIndex(of: middle))]
            let bytes = try #require(Hexadecimal.decode(try facts.required("pixels").string()))
            let pixels = stride(from: 0, to: bytes.count, by: 2).map { Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]) }
            let picture = try set.pixels(image)
            #expect(try picture.width == facts.required("width").int(), "\(name)")
            #expect(try picture.height == facts.required("height").int(), "\(name)")
            let distance = zip(picture.samples, pixels).map { abs(Int($0) - $1) }.max() ?? 65535
            #expect(picture.samples.count == pixels.count && distance <= 1, "\(name): \(distance)")
        }
    }

    @Test func `Volumes turned in any way come out upright and unmirrored`() throws {
        let set = try KindTests.settings("nifti", "nifti").open()
        #expect(set.attributes.map(\.name) == ["contrast", "level"])
        #expect(set.attributes[0].values == ["PD", "T1", "T2"])
        #expect(Set((0..<set.count).map { set.group($0) }) == ["IXI000", "IXI001", "IXI002", "IXI003", "IXI009"])
        try Self.check(set, try KindTests.expected().required("nifti"), attributes: (1, nil))
    }

    @Test func `The other side of the display is the mirror image`() throws {
        let left = try KindTests.settings("nifti", "nifti").open()
        let right = try KindTests.settings("nifti", "nifti", ["volumes": ["display": "radiological"]]).open()
        let (first, second) = (try left.pixels(3), try right.pixels(3))
        for row in 0..<first.height {
            let line = first.samples[row * first.width..<(row + 1) * first.width]
            #expect(Array(line.reversed()) == Array(second.samples[row * first.width..<(row + 1) * first.width]))
        }
        #expect(first != second && left.fingerprint != right.fingerprint)
    }

    @Test func `Cases of BraTS have their masks, and visits of one patient are one group`() throws {
        let set = try KindTests.settings("nifti", "brats").open()
        #expect(set.attributes.map(\.name) == ["contrast", "level", "tumour"])
        #expect(set.attributes[0].values == ["FLAIR", "T1", "T1CE", "T2"])
        #expect(Set((0..<set.count).map { set.group($0) }) == ["BraTS19_2013_10_1", "BraTS20_Training_355", "BraTS-GLI-00012"])
        try Self.check(set, try KindTests.expected().required("brats"), attributes: (1, 2))
        let some = try KindTests.settings("nifti", "brats", ["volumes": ["contrasts": ["T1CE"]]]).open()
        #expect(some.attributes[0].values == ["T1CE"] && some.count < set.count)
    }

    @Test func `One volume is a set with the mask beside it`() throws {
        let name = "brats/BraTS-GLI-00012-001/BraTS-GLI-00012-001-t1c.nii.gz"
        let set = try KindTests.settings("nifti", name).open()
        let whole = try KindTests.settings("nifti", "brats").open()
        let same = (0..<whole.count).filter { whole.name($0).contains(name) }
        #expect(!same.isEmpty && set.count == same.count)
        for (index, place) in same.enumerated() {
            #expect(set.name(index) == whole.name(place) && set.group(index) == "BraTS-GLI-00012")
            #expect(try set.pixels(index) == whole.pixels(place))
        }
        #expect(set.attributes.map(\.name) == ["contrast", "level", "tumour"])
        let table = FolderFixture.message { _ = try KindTests.settings("nifti", "README.md").open() }
        #expect(table.contains("README.md: expected volumes (.nii, .nii.gz, .hdr), got none"))
    }

    @Test func `A Decathlon task's volumes are told apart by dataset.json`() throws {
        let set = try KindTests.settings("nifti", "decathlon", ["volumes": ["distance": 1]]).open()
        #expect(set.attributes[0].values == ["FLAIR", "T1", "T1CE", "T2"])
        #expect(Set((0..<set.count).map { set.labels($0)[2] }) == [[0], [1]])
        #expect(Set((0..<set.count).map { set.group($0) }) == ["BRATS_001"])
    }

    @Test func `Volumes that cannot be shown are refused by name`() throws {
        for (name, words) in [
            ("unoriented.nii", "orientation: expected a sform or a qform, got neither"), ("nan.nii", "expected a number, got nan"),
            ("constant.nii", "got a constant volume"), ("truncated.nii", "bytes for [8, 8, 8] voxels x 1, got "),
        ] {
            let fixture = try FolderFixture()
            try fixture.write([UInt8](Data(contentsOf: URL(fileURLWithPath: "\(KindTests.root)/faulty/\(name)"))), to: name)
            let message = FolderFixture.message { _ = try fixture.settings(["kind": "nifti"]).open() }
            #expect(message.contains(name) && message.contains(words), "\(message)")
        }
    }

    /// The difference of two finite numbers of 32 bits may be none.
    @Test func `A window wider than a number of 32 bits holds is none`() throws {
        #expect(VolumeWindow([-3.2e38, 3.2e38], quantiles: 0...1) == nil)
        let widest = try #require(VolumeWindow([-1.6e38, 1.6e38], quantiles: 0...1))
        #expect([-3.4e38, -1.6e38, 0, 1.6e38, 3.4e38].map(widest.sample) == [0, 0, 32768, 65535, 65535])
        let fixture = try FolderFixture()
        try fixture.write(NIfTIFixture.bytes([8, 8, 6]) { x, _, _ in x % 2 == 0 ? -3.2e38 : 3.2e38 }, to: "wide.nii")
        let message = FolderFixture.message {
            _ = try fixture.settings(["kind": "nifti", "volumes": ["foreground": 0]]).open()
        }
        #expect(message.contains("wide.nii: volume 0: expected voxels of several values, not further apart than"), "\(message)")
    }

    @Test func `Volumes that cannot be shown are left out and listed where they may be`() throws {
        let fixture = try FolderFixture()
        for (folder, name) in [("faulty", "nan.nii"), ("nifti", "IXI009-Guys-1009-PD.nii")] {
            let file = URL(fileURLWithPath: "\(KindTests.root)/\(folder)/\(name)")
            try fixture.write([UInt8](Data(contentsOf: file)), to: name)
        }
        let set = try fixture.settings(["kind": "nifti", "on_error": "skip"]).open()
        #expect(set.count > 0 && set.notes.contains("1 volumes were left out:"))
        #expect(set.notes.contains { $0.contains("nan.nii") })
    }

    @Test(.enabled(if: VolumeTests.shared != nil, "real volumes are not beside this checkout"))
    func `Real heads of IXI are found`() throws {
        var settings = try KindTests.settings("nifti", "", ["on_error": "skip", "volumes": ["contrasts": ["T1"]]])
        settings.path = try #require(Self.shared)
        let set = try settings.open()
        #expect(Set((0..<set.count).map { set.group($0) }) == ["IXI012", "IXI015"])
        #expect(set.count == 106)
    }

    private static var shared: String? {
        let given = ProcessInfo.processInfo.environment["PHANTOM_SHARED"]
        let path = (given ?? "\(KindTests.root)/../../../../shared") + "/data/fixtures/nifti"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }
}
