/// What a number is called for people, and what it means, in a line.
struct ScoreMeaning {
    let label: String
    let meaning: String

    private init(_ label: String, _ meaning: String) { (self.label, self.meaning) = (label, meaning) }

    /// The meaning of the number of that name; the name itself where it is not known.
    static func of(_ name: String) -> ScoreMeaning { all[name] ?? ScoreMeaning(name, "") }

    private static let all: [String: ScoreMeaning] = [
        "kernel_distance": .init(
            "Kernel distance", "How far apart the sets lie by a cubic kernel on features: 0 for one distribution."),
        "frechet_ratio": .init(
            "Frechet ratio",
            "Distance to held-out patients over that of as many training images: 1 is as far as others are."),
        "kid": .init("Kernel distance of subsets", "The same in 100 subsets, as others publish it."),
        "fid": .init("FID", "Frechet distance of Inception-v3's features; it falls with the number of images."),
        "frechet_distance": .init(
            "Frechet distance", "Distance of two normal distributions, all dimensions; it falls with more images."),
        "fd_infinity": .init("Frechet distance, endless sets", "The same, drawn on to endlessly many images."),
        "is": .init("Inception score", "How sure and how varied a classifier of photographs is; it means little here."),
        "precision": .init("Precision", "Share of synthetic images that lie among real ones."),
        "recall": .init("Recall", "Share of real images that lie among synthetic ones."),
        "density": .init("Density", "How many real neighbourhoods a synthetic image lies in; 1 for one distribution."),
        "coverage": .init("Coverage", "Share of real images with a synthetic one in their neighbourhood."),
        "vendi": .init("Vendi score", "How many images the synthetic set has that differ: its variety."),
        "ms_ssim": .init(
            "Similarity of pairs", "MS-SSIM of random pairs of the set; more than among real ones is a lack of variety."
        ),
        "authpct": .init(
            "AuthPct", "Share of synthetic images farther from training images than those from each other; weak."),
        "downstream_auc_difference": .init(
            "Use for a classifier", "AUC with synthetic images added, less AUC with the real ones twice."),
        "downstream_auc_difference.linear": .init(
            "Use for a linear classifier", "The same of a linear classifier on features."),
        "domain.intensity": .init(
            "Grey levels", "Wasserstein's distance of the grey levels of all pixels, in levels of 256."),
        "domain.power_spectrum": .init(
            "Power spectrum", "Root of the mean squared difference of the mean power of each fineness, in decibels."),
        "domain.mirrored_hearts": .init(
            "Mirrored hearts", "Share of hearts that lie to the left of the image, less that of real images."),
        "domain.haematoxylin": .init(
            "Colour of haematoxylin", "Angle between the mean stain vectors (Macenko), in degrees."),
        "domain.eosin": .init("Colour of eosin", "Angle between the mean stain vectors (Macenko), in degrees."),
        "copies_flagged": .init(
            "Flagged images", "Share of images that are nearer to a training image than the threshold allows."),
        "copies_false_alarms": .init("False alarms", "Share of held-out real images that the same threshold flags."),
        "c_t": .init("C_T", "Below 0 where synthetic images lie nearer to training ones than held-out ones do; weak."),
        "frd-original-79": .init(
            "Radiomic distance", "Logarithm of the Frechet distance of 79 radiomic features; not FRD version 1."),
    ]
}
