/// What the class numbers of MedMNIST's sets mean: their files do not say it (Yang et al. 2023, and its `info.py`).
struct MedMNISTNames {
    private let names: [String]?
    let notes: [String]

    /// - Parameter path: of the file, which is named for its set, with the size behind it where that is not 28.
    init(path: String) {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        let set = String(file.prefix { $0 != "." && $0 != "_" }).lowercased()
        names = Self.known[set]
        notes = names == nil ? ["classes have their numbers as names: the file's name is that of no known set"] : []
    }

    /// The attribute `class`, which takes several values where the set has several labels an image.
    func column(_ labels: [[Int]], path: String) throws(DatasetError) -> LabelColumn {
        let isMultiple = labels.contains { $0.count != 1 }
        let most = labels.lazy.flatMap(\.self).max() ?? 0
        if let names, most >= names.count {
            throw DatasetError(
                path: path, item: "labels", expected: "class numbers below \(names.count)", got: "\(most)")
        }
        let values = names ?? (0...most).map(String.init)
        var column = LabelColumn(name: "class", multiple: isMultiple, values: values, path: path)
        for (image, numbers) in labels.enumerated() {
            try column.append(numbers.map { values[$0] }, place: "image \(image)")
        }
        return column
    }

    private static let organs = [
        "bladder", "femur-left", "femur-right", "heart", "kidney-left", "kidney-right", "liver", "lung-left",
        "lung-right", "pancreas", "spleen",
    ]
    private static let known: [String: [String]] = [
        "pathmnist": [
            "adipose", "background", "debris", "lymphocytes", "mucus", "smooth muscle", "normal colon mucosa",
            "cancer-associated stroma", "colorectal adenocarcinoma epithelium",
        ],
        "chestmnist": [
            "atelectasis", "cardiomegaly", "effusion", "infiltration", "mass", "nodule", "pneumonia", "pneumothorax",
            "consolidation", "edema", "emphysema", "fibrosis", "pleural", "hernia",
        ],
        "dermamnist": [
            "actinic keratoses", "basal cell carcinoma", "benign keratosis-like lesions", "dermatofibroma", "melanoma",
            "melanocytic nevi", "vascular lesions",
        ],
        "octmnist": ["choroidal neovascularization", "diabetic macular edema", "drusen", "normal"],
        "pneumoniamnist": ["normal", "pneumonia"],
        "breastmnist": ["malignant", "normal or benign"],
        "bloodmnist": [
            "basophil", "eosinophil", "erythroblast", "immature granulocytes", "lymphocyte", "monocyte", "neutrophil",
            "platelet",
        ],
        "tissuemnist": [
            "collecting duct, connecting tubule", "distal convoluted tubule", "glomerular endothelial cells",
            "interstitial endothelial cells", "leukocytes", "podocytes", "proximal tubule segments",
            "thick ascending limb",
        ],
        "organamnist": organs, "organcmnist": organs, "organsmnist": organs,
    ]
}
