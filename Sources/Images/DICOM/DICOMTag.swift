/// The name of a data element: group and element number (DICOM PS3.5 section 7.1).
public struct DICOMTag: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let group: UInt16
    public let element: UInt16

    public init(_ group: UInt16, _ element: UInt16) {
        self.group = group
        self.element = element
    }

    public static func < (left: DICOMTag, right: DICOMTag) -> Bool {
        (left.group, left.element) < (right.group, right.element)
    }

    /// `(0028,0010)`, as PS3.6 writes it.
    public var description: String { "(\(Self.hex(group)),\(Self.hex(element)))" }

    private static func hex(_ number: UInt16) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// The elements that are read or written here, by their keywords in PS3.6.
extension DICOMTag {
    static let fileMetaInformationGroupLength = DICOMTag(0x0002, 0x0000)
    static let fileMetaInformationVersion = DICOMTag(0x0002, 0x0001)
    static let mediaStorageSOPClassUID = DICOMTag(0x0002, 0x0002)
    static let mediaStorageSOPInstanceUID = DICOMTag(0x0002, 0x0003)
    static let transferSyntaxUID = DICOMTag(0x0002, 0x0010)
    static let implementationClassUID = DICOMTag(0x0002, 0x0012)
    static let implementationVersionName = DICOMTag(0x0002, 0x0013)
    static let specificCharacterSet = DICOMTag(0x0008, 0x0005)
    static let imageType = DICOMTag(0x0008, 0x0008)
    static let sopClassUID = DICOMTag(0x0008, 0x0016)
    static let sopInstanceUID = DICOMTag(0x0008, 0x0018)
    static let syntheticData = DICOMTag(0x0008, 0x001C)
    static let studyDate = DICOMTag(0x0008, 0x0020)
    static let studyTime = DICOMTag(0x0008, 0x0030)
    static let accessionNumber = DICOMTag(0x0008, 0x0050)
    static let modality = DICOMTag(0x0008, 0x0060)
    static let conversionType = DICOMTag(0x0008, 0x0064)
    static let manufacturer = DICOMTag(0x0008, 0x0070)
    static let referringPhysicianName = DICOMTag(0x0008, 0x0090)
    static let codeValue = DICOMTag(0x0008, 0x0100)
    static let codingSchemeDesignator = DICOMTag(0x0008, 0x0102)
    static let codeMeaning = DICOMTag(0x0008, 0x0104)
    static let seriesDescription = DICOMTag(0x0008, 0x103E)
    static let derivationDescription = DICOMTag(0x0008, 0x2111)
    /// Private: who reserved elements 1000 to 10FF of group 0009 (PS3.5 section 7.8.1).
    static let recipeCreator = DICOMTag(0x0009, 0x0010)
    /// Private: a recipe that is longer than Image Comments may be.
    static let longRecipe = DICOMTag(0x0009, 0x1001)
    static let patientName = DICOMTag(0x0010, 0x0010)
    static let patientID = DICOMTag(0x0010, 0x0020)
    static let patientBirthDate = DICOMTag(0x0010, 0x0030)
    static let patientSex = DICOMTag(0x0010, 0x0040)
    static let bodyPartExamined = DICOMTag(0x0018, 0x0015)
    static let viewPosition = DICOMTag(0x0018, 0x5101)
    static let contributingEquipmentSequence = DICOMTag(0x0018, 0xA001)
    static let contributionDescription = DICOMTag(0x0018, 0xA003)
    static let studyInstanceUID = DICOMTag(0x0020, 0x000D)
    static let seriesInstanceUID = DICOMTag(0x0020, 0x000E)
    static let studyID = DICOMTag(0x0020, 0x0010)
    static let seriesNumber = DICOMTag(0x0020, 0x0011)
    static let instanceNumber = DICOMTag(0x0020, 0x0013)
    static let patientOrientation = DICOMTag(0x0020, 0x0020)
    static let imagePositionPatient = DICOMTag(0x0020, 0x0032)
    static let imageOrientationPatient = DICOMTag(0x0020, 0x0037)
    static let laterality = DICOMTag(0x0020, 0x0060)
    static let imageComments = DICOMTag(0x0020, 0x4000)
    static let samplesPerPixel = DICOMTag(0x0028, 0x0002)
    static let photometricInterpretation = DICOMTag(0x0028, 0x0004)
    static let planarConfiguration = DICOMTag(0x0028, 0x0006)
    static let numberOfFrames = DICOMTag(0x0028, 0x0008)
    static let rows = DICOMTag(0x0028, 0x0010)
    static let columns = DICOMTag(0x0028, 0x0011)
    static let bitsAllocated = DICOMTag(0x0028, 0x0100)
    static let bitsStored = DICOMTag(0x0028, 0x0101)
    static let highBit = DICOMTag(0x0028, 0x0102)
    static let pixelRepresentation = DICOMTag(0x0028, 0x0103)
    static let burnedInAnnotation = DICOMTag(0x0028, 0x0301)
    static let windowCenter = DICOMTag(0x0028, 0x1050)
    static let windowWidth = DICOMTag(0x0028, 0x1051)
    static let rescaleIntercept = DICOMTag(0x0028, 0x1052)
    static let rescaleSlope = DICOMTag(0x0028, 0x1053)
    static let voiLUTFunction = DICOMTag(0x0028, 0x1056)
    static let lossyImageCompression = DICOMTag(0x0028, 0x2110)
    static let modalityLUTSequence = DICOMTag(0x0028, 0x3000)
    static let voiLUTSequence = DICOMTag(0x0028, 0x3010)
    static let purposeOfReferenceCodeSequence = DICOMTag(0x0040, 0xA170)
    static let floatPixelData = DICOMTag(0x7FE0, 0x0008)
    static let doubleFloatPixelData = DICOMTag(0x7FE0, 0x0009)
    static let pixelData = DICOMTag(0x7FE0, 0x0010)

    static let item = DICOMTag(0xFFFE, 0xE000)
    static let itemDelimitation = DICOMTag(0xFFFE, 0xE00D)
    static let sequenceDelimitation = DICOMTag(0xFFFE, 0xE0DD)
}
