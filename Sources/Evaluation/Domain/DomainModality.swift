/// What kind of images they are, by which it is decided what is measured of them.
public enum DomainModality: String, CaseIterable, Sendable {
    /// Chest X-rays seen from the front.
    case chest
    /// Axial slices of brains.
    case brain
    /// Sections stained with haematoxylin and eosin, in colour.
    case histology

    /// What a model's `modality` or a data set's name says; nil where neither is known.
    public init?(text: String) {
        let words = text.lowercased()
        func has(_ parts: String...) -> Bool { parts.contains { words.contains($0) } }
        if has("chest", "cxr") {
            self = .chest
        } else if has("brain") {
            self = .brain
        } else if has("histo", "h&e") {
            self = .histology
        } else {
            return nil
        }
    }

    /// Names of the numbers of an image, and what each is.
    var values: [(name: String, label: String, meaning: String)] {
        switch self {
        case .chest:
            [
                ("lung_area", "Lung fields", "Share of the image that the two lung fields take."),
                (
                    "heart_asymmetry", "Heart side",
                    "Width of the heart's shadow right of the midline less left, over both."
                ),
                ("lung_intensity", "Brightness of lungs", "Mean grey level of the lung fields."),
                ("body_intensity", "Brightness beside", "Mean grey level of all other pixels."),
            ]
        case .brain:
            [
                ("brain_area", "Head or brain", "Share of the image that is no background."),
                ("symmetry", "Symmetry", "Correlation of the foreground with its mirror image: 1 for the same."),
                ("brain_intensity", "Brightness", "Mean grey level of the foreground."),
            ]
        case .histology:
            [
                ("optical_density", "Optical density", "Mean of -log10 of the light that passes."),
                (
                    "tissue_fraction", "Tissue",
                    "Share of pixels whose densest colour has an optical density above 0.15."
                ),
                ("eosin_share", "Share of eosin", "Share of eosin in all stain, by Macenko's vectors."),
            ]
        }
    }
}
