import Glibc

/// From stored values to shades of grey: a linear rescaling, then a window that says what is black and what is white,
/// as the Modality LUT and VOI LUT modules of DICOM define them (PS3.3 sections C.11.1 and C.11.2).
struct IntensityWindow: Equatable {
    /// DICOM's names, (0028,1056).
    enum Function: String {
        case linear = "LINEAR"
        case linearExact = "LINEAR_EXACT"
        case sigmoid = "SIGMOID"
    }

    /// What stored values are multiplied with, and what is added.
    var slope = 1.0
    var intercept = 0.0
    /// The middle of what is shown, in rescaled values.
    var center: Double
    var width: Double
    var function = Function.linear

    init(center: Double, width: Double, function: Function = .linear) {
        (self.center, self.width, self.function) = (center, width, function)
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
