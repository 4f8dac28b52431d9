import Diffusion
import Images
import JSON

/// The reports on a restoration's images, as they are made: `consistency.json`, and the map of how much the images
/// differ.
struct ConsistencyFile {
    static let name = "consistency.json"
    static let deviationName = "deviation.png"

    private var reports: [Int: (file: String, report: Consistency)] = [:]
    private var deviation: DeviationMap?

    mutating func add(_ image: PixelImage, index: Int, file: String, report: Consistency) throws {
        reports[index] = (file, report)
        if deviation == nil { deviation = DeviationMap(like: image) }
        try deviation?.add(image)
    }

    /// Nil without a report: after a generation.
    var json: JSONObject? {
        guard !reports.isEmpty else { return nil }
        let images = reports.sorted { $0.key < $1.key }.map { entry -> JSONValue in
            var object: JSONObject = ["file": .string(entry.value.file)]
            for (key, value) in entry.value.report.json { object[key] = value }
            return .object(object)
        }
        var object: JSONObject = ["unit": "1/255 of the range from black to white", "images": .array(images)]
        if reports.count > 1 { object["deviation"] = .string(Self.deviationName) }
        return object
    }

    /// Of two images or more.
    func deviationPNG() throws -> EncodedPNG? {
        guard reports.count > 1, let deviation else { return nil }
        return try PNGEncoder.encode(deviation.image())
    }
}
