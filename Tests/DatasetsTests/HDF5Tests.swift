import CHDF5
import Foundation
import Testing

@testable import Datasets

/// HDF5 files that promise what is not in them.
@Suite struct HDF5Tests {
    private static let stem = "camelyonpatch_level_2_split_valid_"

    /// Writes a file with one data set of bytes, of which nothing is there but its shape.
    private static func write(_ name: String, shape: [UInt64], to path: String) throws {
        try LibHDF5.alone { () throws(DatasetError) in
            // The type of the bytes is that of another file: what the library calls it are macros.
            let source = unsafe phantom_hdf5_open("\(KindTests.root)/pcam/\(stem)x.h5")
            let sample = unsafe phantom_hdf5_open_dataset(source, "x"), type = H5Dget_type(sample)
            // 2 truncates, 0 is the default of each plan.
            let file = unsafe H5Fcreate(path, 2, 0, 0)
            let space = unsafe H5Screate_simple(Int32(shape.count), shape, nil)
            let made = unsafe H5Dcreate2(file, name, type, space, 0, 0, 0)
            defer {
                _ = (H5Dclose(made), H5Sclose(space), H5Fclose(file), H5Tclose(type), H5Dclose(sample), H5Fclose(source))
            }
            guard made >= 0 else { throw DatasetError(path: path, expected: "a file that can be made", got: "none") }
        }
    }

    @Test(arguments: ["x", "y", "mask"])
    func `A shape without numbers is refused before memory is taken for it`(name: String) throws {
        let fixture = try FolderFixture()
        for part in ["x", "y", "mask"] {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(KindTests.root)/pcam/\(Self.stem)\(part).h5"))
            try fixture.write([UInt8](bytes), to: "\(Self.stem)\(part).h5")
        }
        #expect(try fixture.settings(["kind": "pcam"]).open().count == 6)
        let file = "\(fixture.path)/\(Self.stem)\(name).h5", rest: [UInt64] = name == "y" ? [1, 1, 1] : [96, 96, 3]
        for count in [6, 1 << 20, 1 << 40] as [UInt64] {
            try Self.write(name, shape: [count] + rest, to: file)
            #expect(try #require(DatasetFiles.status(file)).size < 1 << 14)
            let message = FolderFixture.message { _ = try fixture.settings(["kind": "pcam"]).open() }
            #expect(message.hasPrefix("\(file): \(name): expected ") && message.hasSuffix(" in the file"), "\(message)")
        }
    }
}
