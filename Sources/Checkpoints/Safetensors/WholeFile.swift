/// Writes a file that is there whole or not at all: never is a file of this name a part of one.
/// - Throws: `CheckpointError` with the path and the system's reason, as a disk that is full.
package func writeWholeFile(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
    var file = try AtomicFile(path: path)
    try file.write(bytes)
    try file.commit()
}
