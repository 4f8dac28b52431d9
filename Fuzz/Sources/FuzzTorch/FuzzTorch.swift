import CFuzzer
import Checkpoints
import FuzzDriver
import Glibc

@_cdecl("FuzzTorch_main")
public func start(_ count: CInt, _ arguments: Arguments?) -> CInt {
    unsafe runFuzzer(count, arguments, fuzz)
}

/// The input is a pickle: it goes into files of both of torch's formats, with a storage beside, and whatever comes out of them is
/// imported as a checkpoint would be.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let pickle = unsafe input(data, count)
    for file in [zip(pickle), legacy(pickle)] {
        // A file that lives in memory: the reader maps what it reads.
        let descriptor = unsafe memfd_create("pickle", 0)
        precondition(descriptor >= 0, "no file in memory")
        defer { close(descriptor) }
        let written = unsafe file.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        precondition(written == file.count, "a file in memory is short")
        var options = ImportOptions()
        options.heads = 1
        _ = try? ImportedModel(path: "/proc/self/fd/\(descriptor)", options: options)
    }
    return 0
}

private let storage = [UInt8](repeating: 0, count: 256)

/// A zip with `a/data.pkl` and `a/data/0`, its checksums right.
private func zip(_ pickle: [UInt8]) -> [UInt8] {
    var file: [UInt8] = [], directory: [UInt8] = []
    for (name, data) in [("a/data.pkl", pickle), ("a/data/0", storage)] {
        let offset = bytes(file.count, 4)
        let fields = bytes(0, 8) + bytes(Int(crc32(data)), 4) + bytes(data.count, 4) + bytes(data.count, 4) + bytes(name.utf8.count, 2)
        file += [0x50, 0x4B, 3, 4] + bytes(0, 2) + fields + bytes(0, 2) + Array(name.utf8) + data
        directory += [0x50, 0x4B, 1, 2] + bytes(0, 4) + fields + bytes(0, 12) + offset + Array(name.utf8)
    }
    return file + directory + [0x50, 0x4B, 5, 6] + bytes(0, 4) + bytes(2, 2) + bytes(2, 2) + bytes(directory.count, 4) + bytes(file.count, 4) + bytes(0, 2)
}

/// The run of pickles of before torch 1.6: magic number, protocol, machine, the object, the keys of storages, the storages.
private func legacy(_ pickle: [UInt8]) -> [UInt8] {
    let magic: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 3, 0x2E]
    let machine: [UInt8] = [0x80, 2, 0x7D, 0x58] + bytes(13, 4) + Array("little_endian".utf8) + [0x88, 0x73, 0x2E]
    let keys: [UInt8] = [0x80, 2, 0x5D, 0x58, 1, 0, 0, 0, 0x30, 0x61, 0x2E]
    return magic + version + machine + pickle + keys + bytes(storage.count / 4, 8) + storage
}

private func bytes(_ value: Int, _ width: Int) -> [UInt8] { (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

/// ISO 3309.
private func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in (0..<8).reduce(sum ^ UInt32(byte)) { word, _ in word >> 1 ^ (word & 1 == 1 ? 0xEDB8_8320 : 0) } }
}
