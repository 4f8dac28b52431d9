/// What a DICOM file says of its image beside the pixels: whose it is, of which series, and where in it.
public struct DICOMFacts: Equatable, Sendable {
    /// Whether it has pixels at all: reports and annotations have none.
    public let hasPixels: Bool
    /// (0010,0020).
    public let patient: String?
    /// (0020,000D).
    public let study: String?
    /// (0020,000E).
    public let series: String?
    /// (0008,0060): `CT`, `MR`, `CR`, `DX`, ...
    public let modality: String?
    /// (0018,5101): `PA`, `AP`, ... of projections.
    public let view: String?
    /// (0018,0015).
    public let bodyPart: String?
    /// (0020,0013).
    public let instance: Double?
    /// Millimetres along the normal of the slice (PS3.3 section C.7.6.2.1.1); nil for what is no slice.
    public let position: Double?

    /// - Throws: `ImageError` as `DICOMDecoder` throws it for a file that is damaged, or no DICOM.
    public init(_ bytes: [UInt8]) throws(ImageError) {
        let file = try DICOMFile(bytes)
        hasPixels = file.has(.pixelData)
        patient = file.text(.patientID)
        study = file.text(.studyInstanceUID)
        series = file.text(.seriesInstanceUID)
        modality = file.text(.modality)
        view = file.text(.viewPosition)
        bodyPart = file.text(.bodyPartExamined)
        instance = try file.decimal(.instanceNumber)
        let place = Self.numbers(file.text(.imagePositionPatient))
        let axes = Self.numbers(file.text(.imageOrientationPatient))
        if place.count == 3, axes.count == 6 {
            let normal = [
                axes[1] * axes[5] - axes[2] * axes[4], axes[2] * axes[3] - axes[0] * axes[5],
                axes[0] * axes[4] - axes[1] * axes[3],
            ]
            let along = zip(place, normal).reduce(0) { $0 + $1.0 * $1.1 }
            position = along.isFinite ? along : nil
        } else {
            position = nil
        }
    }

    private static func numbers(_ text: String?) -> [Double] {
        (text ?? "").split(separator: "\\").compactMap { field in
            Double(field.filter { $0 != " " }).flatMap { $0.isFinite ? $0 : nil }
        }
    }
}
