import JSON

extension DatasetSettings {
    /// Reads the set's tables and headers.
    /// - Throws: `DatasetError` naming the file.
    public func open() throws -> any Dataset {
        guard DatasetFiles.status(path) != nil else {
            throw DatasetError(path: path, expected: "a data set", got: "nothing of this name")
        }
        let whole = try openWhole()
        let images = try crops.map { try CroppedDataset(whole, $0, self) } ?? whole
        return unlabelled.isEmpty ? images : JoinedDataset(images, unlabelled: try unlabelled.map { try $0.open() })
    }

    private func openWhole() throws -> any Dataset {
        switch kind {
        case .folder: return PictureFilesDataset(root: path, rows: try PictureRows(folder: self), kind: kind)
        case .nih: return PictureFilesDataset(root: path, rows: try PictureRows(nih: self), kind: kind)
        case .wilds: return PictureFilesDataset(root: path, rows: try PictureRows(wilds: self), kind: kind)
        case .medmnist: return try MedMNISTDataset(self)
        case .pcam: return try PCamDataset(self)
        case .dicom: return try DICOMSeriesDataset(self)
        case .nifti: return try VolumeDataset(self)
        }
    }
}

extension DatasetSettings {
    /// The object `dataset` of a `train.json`, or a file that is such an object itself.
    /// - Throws: `DatasetError` for a file that cannot be read or is no JSON.
    public static func configuration(path: String) throws -> JSONObject {
        let bytes = try DatasetFiles.bytes(path, limit: 1 << 24)
        let value: JSONValue
        do { value = try JSONReader().read(bytes) } catch {
            throw DatasetError(path: path, expected: "JSON", got: "\(error)")
        }
        guard let object = value["dataset"]?.object ?? value.object else {
            throw DatasetError(path: path, expected: "an object \"dataset\"", got: value.summary)
        }
        return object
    }
}
