import Bytes
import Checkpoints
import FoundationEssentials
import Images

/// A file of events as TensorBoard reads it: TFRecord (length, its masked CRC-32C, data, theirs) of `Event` messages
/// (tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto), whose field numbers stand below.
final class EventFile {
    private let file: AppendedFile

    /// Begins a file of its own for this process, named by the time.
    /// - Parameter step: where the run goes on; what earlier files say of later steps counts no more.
    init(folder: String, step: Int) throws(CheckpointError) {
        let seconds = Date().timeIntervalSince1970
        var path = "\(folder)/events.out.tfevents.\(Int(seconds)).phantom"
        var number = 0
        while isFolder(path) != nil {
            number += 1
            path = "\(folder)/events.out.tfevents.\(Int(seconds)).phantom.\(number)"
        }
        file = try AppendedFile(path: path)
        // Event.file_version = 3.
        var version = ProtobufMessage()
        version.add(1, double: seconds)
        version.add(3, text: "brain.Event:2")
        try write(version)
        guard step > 0 else { return }
        // Event.session_log = 7, SessionLog.status = 1, START = 1.
        var log = ProtobufMessage()
        log.add(1, integer: 1)
        var start = Self.event(step: step)
        start.add(7, message: log)
        try write(start)
    }

    /// Adds numbers under their names.
    func add(_ scalars: [(name: String, value: Double)], step: Int) throws(CheckpointError) {
        var summary = ProtobufMessage()
        for (name, value) in scalars {
            // Summary.value = 1; Value.tag = 1, Value.simple_value = 2.
            var entry = ProtobufMessage()
            entry.add(1, text: name)
            entry.add(2, float: Float(value))
            summary.add(1, message: entry)
        }
        try add(summary, step: step)
    }

    /// Adds a picture.
    func add(_ name: String, png: EncodedPNG, of picture: PixelImage, step: Int) throws(CheckpointError) {
        // Value.image = 4; Image.height = 1, width = 2, colorspace = 3 (channels), encoded_image_string = 4.
        var image = ProtobufMessage()
        image.add(1, integer: UInt64(picture.height))
        image.add(2, integer: UInt64(picture.width))
        image.add(3, integer: UInt64(picture.channels))
        image.add(4, bytes: png.bytes)
        var entry = ProtobufMessage()
        entry.add(1, text: name)
        entry.add(4, message: image)
        var summary = ProtobufMessage()
        summary.add(1, message: entry)
        try add(summary, step: step)
    }

    private func add(_ summary: ProtobufMessage, step: Int) throws(CheckpointError) {
        var event = Self.event(step: step)
        event.add(5, message: summary)
        try write(event)
    }

    /// Event.wall_time = 1, Event.step = 2.
    private static func event(step: Int) -> ProtobufMessage {
        var event = ProtobufMessage()
        event.add(1, double: Date().timeIntervalSince1970)
        event.add(2, integer: UInt64(step))
        return event
    }

    private func write(_ event: ProtobufMessage) throws(CheckpointError) {
        var length: [UInt8] = []
        length.append(littleEndian: UInt64(event.bytes.count))
        var record = length
        record.append(littleEndian: CRC32C.masked(length))
        record += event.bytes
        record.append(littleEndian: CRC32C.masked(event.bytes))
        try file.append(record)
    }
}
