import Glibc

/// From stored values to shades of grey: the Modality LUT and VOI LUT modules of a DICOM image (PS3.3 sections C.11.1
/// and C.11.2), those parts of them that are numbers and not tables.
struct GreyWindow: Equatable {
    /// (0028,1056).
    enum Function: String {
        case linear = "LINEAR"
        case linearExact = "LINEAR_EXACT"
        case sigmoid = "SIGMOID"
    }

    var slope = 1.0
    var intercept = 0.0
    var center: Double
    var width: Double
    var function = Function.linear

    /// The window of the file; without one, that which shows every value its bits can hold.
    /// - Throws: `ImageError` of kind `.unsupported` where only a table says what is shown, or `.damaged`.
    init(_ file: DICOMFile, _ layout: DICOMPixelLayout) throws(ImageError) {
        if file.has(.modalityLUTSequence) {
            throw ImageError(
                .unsupported, "DICOM modality transformation", expected: "slope and intercept", got: "a table")
        }
        for tag in [DICOMTag.rescaleSlope, .rescaleIntercept, .windowCenter, .windowWidth] {
            // Beyond any unit there is; below it, nothing that is computed here overflows.
            guard let number = try file.decimal(tag), number.magnitude > 1e30 else { continue }
            throw ImageError(
                .damaged, "DICOM element \(tag)", expected: "at most 1e30", got: "\(number)", offset: file.offset(tag))
        }
        slope = try file.decimal(.rescaleSlope) ?? 1
        intercept = try file.decimal(.rescaleIntercept) ?? 0
        guard slope != 0 else {
            throw ImageError(.damaged, "DICOM element \(DICOMTag.rescaleSlope)", expected: "another slope", got: "0")
        }
        switch (try file.decimal(.windowCenter), try file.decimal(.windowWidth)) {
        case (let center?, let width?):
            (self.center, self.width) = (center, width)
            let word = file.text(.voiLUTFunction) ?? Function.linear.rawValue
            guard let function = Function(rawValue: word) else {
                throw ImageError(
                    .unsupported, "DICOM VOI LUT function", expected: "LINEAR, LINEAR_EXACT or SIGMOID",
                    got: String(word.prefix(16)))
            }
            self.function = function
            let isWide = function == .linear ? width >= 1 : width > 0
            guard isWide else {
                throw ImageError(
                    .damaged, "DICOM window width", expected: function == .linear ? "at least 1" : "more than 0",
                    got: "\(width)",
                    offset: file.offset(.windowWidth))
            }
        case (nil, nil):
            if file.has(.voiLUTSequence) {
                throw ImageError(.unsupported, "DICOM window", expected: "center and width", got: "a table")
            }
            let count = Double(1 << layout.bitsStored)
            let low = layout.isSigned ? -count / 2 : 0
            let ends = [low * slope + intercept, (low + count - 1) * slope + intercept]
            (center, width) = ((ends[0] + ends[1]) / 2, (ends[1] - ends[0]).magnitude)
            function = .linearExact
        case (nil, _), (_, nil):
            throw ImageError(.damaged, "DICOM window", expected: "center and width", got: "one of them")
        }
    }

    /// - Parameter stored: as the file has it.
    /// - Returns: about 0 (least) ... 1, to rounding.
    func shade(_ stored: Double) -> Double {
        let value = stored * slope + intercept
        switch function {
        case .linear:
            // Section C.11.2.1.2.1.
            if value <= center - 0.5 - (width - 1) / 2 { return 0 }
            if value > center - 0.5 + (width - 1) / 2 { return 1 }
            return (value - (center - 0.5)) / (width - 1) + 0.5
        case .linearExact:
            // Section C.11.2.1.3.2.
            if value <= center - width / 2 { return 0 }
            if value > center + width / 2 { return 1 }
            return (value - center) / width + 0.5
        case .sigmoid:
            // Section C.11.2.1.3.1.
            return 1 / (1 + exp(-4 * (value - center) / width))
        }
    }
}
