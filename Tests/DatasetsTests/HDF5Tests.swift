import CHDF5
import Foundation
import TestSupport
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

    /// Files, groups, types, data sets and attributes that are open: between the bodies of `alone` none, whatever other
    /// tests read.
    private static func openObjects() throws -> Int {
        try LibHDF5.alone { () throws(DatasetError) in
            // H5F_OBJ_ALL, of the files and of what may be open in them.
            H5Fget_obj_count(0x1F, 0x1F)
        }
    }

    /// Whatever is wrong, and wherever it is noticed.
    @Test(arguments: ["train_x", "valid_x", "valid_y", "valid_mask"])
    func `Damaged files leave nothing open`(part: String) throws {
        let fixture = try FolderFixture(), file = "\(fixture.path)/a.h5", name = String(part.split(separator: "_")[1])
        let whole = try Data(contentsOf: URL(fileURLWithPath: "\(KindTests.root)/pcam/camelyonpatch_level_2_split_\(part).h5"))
        func read(_ bytes: [UInt8]) throws {
            try fixture.write(bytes, to: "a.h5")
            try LibHDF5.alone { () throws(DatasetError) in
                let opened = try HDF5File(path: file)
                let array = try opened.array(name)
                _ = try array.rows(0..<min(array.shape[0], 6))
            }
        }
        try read([UInt8](whole))
        #expect(try Self.openObjects() == 0)
        var messages: Set<Substring> = []
        for seed in 0..<1500 {
            var draw = SplitMix64(state: UInt64(seed)), bytes = [UInt8](whole)
            for _ in 0..<1 + draw.next(below: 4) { bytes[draw.next(below: min(2400, bytes.count))] = UInt8(draw.next(below: 256)) }
            let message = FolderFixture.message { try read(bytes) }
            if let expected = message.split(separator: "expected ").dropFirst().first { messages.insert(expected.prefix(12)) }
        }
        #expect(messages.count > 3, "\(messages)")
        #expect(try Self.openObjects() == 0)
    }
}
