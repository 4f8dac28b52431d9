/// The window of a DICOM file: those parts of its modules that are numbers and not tables.
extension IntensityWindow {
    /// The window of the file; without one, that which shows every value its bits can hold.
    /// - Throws: `ImageError` of kind `.unsupported` where only a table says what is shown, or `.damaged`.
    init(_ file: DICOMFile, _ layout: DICOMPixelLayout) throws(ImageError) {
        let (slope, intercept) = try Self.rescaling(file)
        switch (try file.decimal(.windowCenter), try file.decimal(.windowWidth)) {
        case (let center?, let width?):
            self.init(center: center, width: width, function: try Self.function(file, width: width))
        case (nil, nil):
            if file.has(.voiLUTSequence) {
                throw ImageError(.unsupported, "DICOM window", expected: "center and width", got: "a table")
            }
            let count = Double(1 << layout.bitsStored)
            let low = layout.isSigned ? -count / 2 : 0
            let ends = [low * slope + intercept, (low + count - 1) * slope + intercept]
            self.init(
                center: (ends[0] + ends[1]) / 2, width: (ends[1] - ends[0]).magnitude, function: .linearExact)
        case (nil, _), (_, nil):
            throw ImageError(.damaged, "DICOM window", expected: "center and width", got: "one of them")
        }
        (self.slope, self.intercept) = (slope, intercept)
    }

    /// The linear part, after a look at all numbers of the window.
    private static func rescaling(_ file: DICOMFile) throws(ImageError) -> (slope: Double, intercept: Double) {
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
        let slope = try file.decimal(.rescaleSlope) ?? 1
        guard slope != 0 else {
            throw ImageError(.damaged, "DICOM element \(DICOMTag.rescaleSlope)", expected: "another slope", got: "0")
        }
        return (slope, try file.decimal(.rescaleIntercept) ?? 0)
    }

    private static func function(_ file: DICOMFile, width: Double) throws(ImageError) -> Function {
        let word = file.text(.voiLUTFunction) ?? Function.linear.rawValue
        guard let function = Function(rawValue: word) else {
            throw ImageError(
                .unsupported, "DICOM VOI LUT function", expected: "LINEAR, LINEAR_EXACT or SIGMOID",
                got: String(word.prefix(16)))
        }
        guard function == .linear ? width >= 1 : width > 0 else {
            throw ImageError(
                .damaged, "DICOM window width", expected: function == .linear ? "at least 1" : "more than 0",
                got: "\(width)", offset: file.offset(.windowWidth))
        }
        return function
    }
}
