import Tensors

extension SetComparison {
    /// The Frechet distance in all dimensions, under the names that it has: `fid` alone of Inception-v3's features;
    /// `frechet_distance` of other extractors', whose `fid` is none; both of features whose extractor is not known.
    func frechetDistances(on compute: Compute) throws -> [Score] {
        let distance = try frechetDistance(on: compute)
        var fid = distance
        fid.name = "fid"
        switch ExtractorName.isInception(real.extractor) {
        case true?: return [fid]
        case false?: return [missing("fid", .lower, because: Self.noFID), distance]
        case nil:
            if fid.value != nil {
                fid.warnings.append("it is the FID of publications only if Inception-v3 made the given features")
            }
            return [fid, distance]
        }
    }

    /// Why other extractors' features have no FID, however many images there are.
    static let noFID = "only of Inception-v3's features"
}
