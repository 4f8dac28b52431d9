import Images

/// What is measured of one image: its grey levels, its spectrum, and the numbers of its kind.
struct DomainProfile: Sendable {
    /// Shares of the 256 grey levels; colours are taken as grey.
    let histogram: [Double]
    /// As `RadialPowerSpectrum.rings`.
    let spectrum: [Double]
    /// By the names of `DomainModality.values`; those that cannot be had are missing.
    var values: [String: Double] = [:]
    /// Of histology: red, green and blue of haematoxylin, then of eosin; empty where there is too little tissue.
    var stains: [Double] = []

    /// - Parameter image: 8 bits.
    /// - Throws: `ImageError` for a picture that is neither grey nor RGB.
    init(_ image: PixelImage, _ modality: DomainModality?) throws {
        let plane = Plane(try image.luma().droppingAlpha(), channel: 0)
        var counts = [Double](repeating: 0, count: 256)
        for value in plane.values { counts[Int(value)] += 1 / Double(plane.values.count) }
        histogram = counts
        spectrum = RadialPowerSpectrum(plane).rings
        switch modality {
        case .chest:
            let fields = LungFields(plane), means = fields.intensities(of: plane)
            values["lung_area"] = fields.area
            values["heart_asymmetry"] = fields.heartAsymmetry
            (values["lung_intensity"], values["body_intensity"]) = (means.fields, means.others)
        case .brain:
            let foreground = BrainForeground(plane)
            values["brain_area"] = foreground.area
            (values["symmetry"], values["brain_intensity"]) = (foreground.symmetry, foreground.intensity)
        case .histology:
            addStains(image)
        case nil: break
        }
    }

    /// Optical density (decadic) of the densest colour above which a pixel is tissue: eosin takes hardly more than
    /// green, so that the mean of the colours would pass over pale stroma.
    private static let tissue = 0.15

    private mutating func addStains(_ image: PixelImage) {
        let opaque = image.droppingAlpha()
        guard opaque.channels == 3 else { return }
        // Natural logarithms to the base of ten.
        let decadic = 0.4342944819032518, densities = StainVectors.densities(opaque), count = Double(densities.count)
        values["optical_density"] = densities.reduce(0) { $0 + ($1[0] + $1[1] + $1[2]) / 3 * decadic } / count
        values["tissue_fraction"] = Double(densities.count { max($0[0], $0[1], $0[2]) * decadic > Self.tissue }) / count
        guard let vectors = StainVectors(opaque) else { return }
        values["eosin_share"] = vectors.eosinShare
        stains = vectors.haematoxylin + vectors.eosin
    }
}

/// The profiles of a set of images, with the units that are drawn together.
struct DomainProfiles: Sendable {
    let profiles: [DomainProfile]
    let groups: [String]?

    var count: Int { profiles.count }
}

extension DomainProfiles {
    /// Measures every image of a set.
    /// - Throws: what reading an image throws.
    init(_ set: ImageSet, _ modality: DomainModality?, making: FeatureMaking, progress: (_ done: Int) -> Void) throws {
        var profiles: [DomainProfile] = []
        for start in stride(from: 0, to: set.count, by: 64) {
            let images = try (start..<min(start + 64, set.count)).map { try set.picture($0) }
            profiles += try making.compute.map(images.count) { try DomainProfile(images[$0], modality) }
            progress(profiles.count)
        }
        self.init(profiles: profiles, groups: set.groups)
    }

    func rows(_ places: [Int]) -> DomainProfiles {
        DomainProfiles(
            profiles: places.map { profiles[$0] }, groups: groups.map { groups in places.map { groups[$0] } })
    }
}
