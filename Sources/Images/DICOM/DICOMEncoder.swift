/// Writes pictures as DICOM Secondary Capture files (PS3.3 section A.8.1), Explicit VR Little Endian, one frame.
///
/// Equal pictures, recipes and series make equal bytes: no date, no random UID. The file says that its data are
/// synthetic (0008,001C) and what made them; its patient is fictitious; the recipe stands in Image Comments
/// (0020,4000), which every viewer shows, or, where it is longer than these may be, in the private element (0009,1001).
public enum DICOMEncoder {
    /// Who the private elements of group 0009 belong to.
    static let recipeCreator = "PHANTOM RECIPE"

    /// Pixels at most of each side, which elements of 16 bits hold.
    public static let maximumSide = Int(UInt16.max)

    /// - Parameters:
    ///   - image: 1 or 3 channels, at most 65535 pixels wide and high.
    ///   - study: the same for images that belong together, such as the recipe without its seed: they share study and
    ///     patient.
    /// - Throws: `ImageError` of kind `.invalidValue` for a picture with alpha or too large.
    public static func encode(_ image: PixelImage, provenance: Provenance, study: String) throws(ImageError) -> [UInt8]
    {
        guard image.channels == 1 || image.channels == 3 else {
            throw ImageError(.invalidValue, "channels of a DICOM image", expected: "1 or 3", got: "\(image.channels)")
        }
        guard image.width <= maximumSide, image.height <= maximumSide else {
            throw ImageError(
                .invalidValue, "size of a DICOM image", expected: "at most 65535x65535",
                got: "\(image.width)x\(image.height)")
        }
        let instance = DICOMUID.derived("instance", from: provenance.recipe)
        var set = DICOMElementWriter()
        try writeIdentity(&set, instance: instance, provenance)
        try writeLongRecipe(&set, provenance)
        try writePatient(&set, study: study)
        try writeEquipment(&set, provenance)
        try writeRelationship(&set, study: study, provenance)
        try writePixels(&set, image)
        return try header(instance: instance) + set.bytes
    }

    /// Preamble and File Meta Information (PS3.10 section 7.1).
    private static func header(instance: String) throws(ImageError) -> [UInt8] {
        var meta = DICOMElementWriter()
        try meta.binary(.fileMetaInformationVersion, words: false, [0, 1])
        try meta.text(.mediaStorageSOPClassUID, .UI, DICOMUID.secondaryCaptureImageStorage)
        try meta.text(.mediaStorageSOPInstanceUID, .UI, instance)
        try meta.text(.transferSyntaxUID, .UI, DICOMTransferSyntax.explicitLittleEndian.rawValue)
        try meta.text(.implementationClassUID, .UI, DICOMUID.implementationClass)
        try meta.text(.implementationVersionName, .SH, "PHANTOM")
        var length = DICOMElementWriter()
        length.number(.fileMetaInformationGroupLength, UInt32(meta.bytes.count))
        return [UInt8](repeating: 0, count: 128) + DICOMFile.magic + length.bytes + meta.bytes
    }

    /// SOP Common, General Study, General Series, SC Equipment, General Image: group 0008.
    private static func writeIdentity(
        _ set: inout DICOMElementWriter, instance: String, _ provenance: Provenance
    ) throws(ImageError) {
        try set.text(.specificCharacterSet, .CS, "ISO_IR 192")  // UTF-8
        try set.text(.imageType, .CS, "DERIVED\\SECONDARY")
        try set.text(.sopClassUID, .UI, DICOMUID.secondaryCaptureImageStorage)
        try set.text(.sopInstanceUID, .UI, instance)
        try set.text(.syntheticData, .CS, "YES")
        try set.text(.studyDate, .DA, "")
        try set.text(.studyTime, .TM, "")
        try set.text(.accessionNumber, .SH, "")
        try set.text(.modality, .CS, "OT")
        try set.text(.conversionType, .CS, "WSD")  // made at a workstation
        try set.text(.manufacturer, .LO, provenance.software)
        try set.text(.referringPhysicianName, .PN, "")
        try set.text(.seriesDescription, .LO, "Synthetic image, not for diagnosis")
        try set.text(.derivationDescription, .ST, provenance.description)
    }

    private static func fitsComments(_ recipe: String) -> Bool {
        recipe.unicodeScalars.count <= DICOMElementWriter.ValueRepresentation.LT.limit
            && recipe.utf8.count < Int(UInt16.max)
    }

    /// Betas of a schedule that was trained make 20,000 characters and more.
    private static func writeLongRecipe(_ set: inout DICOMElementWriter, _ provenance: Provenance) throws(ImageError) {
        guard !fitsComments(provenance.recipe) else { return }
        try set.text(.recipeCreator, .LO, recipeCreator)
        try set.text(.longRecipe, .UT, provenance.recipe)
    }

    private static func writePatient(_ set: inout DICOMElementWriter, study: String) throws(ImageError) {
        try set.text(.patientName, .PN, "SYNTHETIC^PHANTOM")
        try set.text(.patientID, .LO, "PHANTOM-\(DICOMUID.mark("patient", from: study))")
        try set.text(.patientBirthDate, .DA, "")
        try set.text(.patientSex, .CS, "")
    }

    /// The purpose code is of context group 7005 (PS3.16).
    private static func writeEquipment(_ set: inout DICOMElementWriter, _ provenance: Provenance) throws(ImageError) {
        try set.sequence(.contributingEquipmentSequence) { (item) throws(ImageError) in
            try item.text(.manufacturer, .LO, provenance.software)
            try item.text(.contributionDescription, .ST, provenance.sourceType.uri)
            try item.sequence(.purposeOfReferenceCodeSequence) { (code) throws(ImageError) in
                try code.text(.codeValue, .SH, "109100")
                try code.text(.codingSchemeDesignator, .SH, "DCM")
                try code.text(.codeMeaning, .LO, "Synthesizing Equipment")
            }
        }
    }

    /// Each image is a series of its own, so that none needs to know the place of another.
    private static func writeRelationship(
        _ set: inout DICOMElementWriter, study: String, _ provenance: Provenance
    ) throws(ImageError) {
        try set.text(.studyInstanceUID, .UI, DICOMUID.derived("study", from: study))
        try set.text(.seriesInstanceUID, .UI, DICOMUID.derived("series", from: provenance.recipe))
        try set.text(.studyID, .SH, "1")
        try set.text(.seriesNumber, .IS, "1")
        try set.text(.instanceNumber, .IS, "1")
        try set.text(.patientOrientation, .CS, "")
        try set.text(.laterality, .CS, "")
        let isShort = fitsComments(provenance.recipe)
        try set.text(
            .imageComments, .LT,
            isShort ? provenance.recipe : "The recipe stands in the private element \(DICOMTag.longRecipe).")
    }

    /// Image Pixel and, for 16 bits of grey, the window that shows all of them: without one viewers choose their own.
    private static func writePixels(_ set: inout DICOMElementWriter, _ image: PixelImage) throws(ImageError) {
        let isColour = image.channels == 3
        set.number(.samplesPerPixel, UInt16(image.channels))
        try set.text(.photometricInterpretation, .CS, isColour ? "RGB" : "MONOCHROME2")
        if isColour { set.number(.planarConfiguration, 0 as UInt16) }
        set.number(.rows, UInt16(image.height))
        set.number(.columns, UInt16(image.width))
        set.number(.bitsAllocated, UInt16(image.bitDepth))
        set.number(.bitsStored, UInt16(image.bitDepth))
        set.number(.highBit, UInt16(image.bitDepth - 1))
        set.number(.pixelRepresentation, 0 as UInt16)
        try set.text(.burnedInAnnotation, .CS, "NO")
        if !isColour, image.bitDepth == 16 {
            // LINEAR: center - 0.5 -+ (width - 1) / 2 are 0 and 65535 (PS3.3 section C.11.2.1.2.1).
            try set.text(.windowCenter, .DS, "32768")
            try set.text(.windowWidth, .DS, "65536")
        }
        try set.text(.lossyImageCompression, .CS, "00")
        try set.binary(.pixelData, words: image.bitDepth == 16, samples(of: image))
    }

    private static func samples(of image: PixelImage) -> [UInt8] {
        if image.bitDepth == 8 { return image.samples.map { UInt8(truncatingIfNeeded: $0) } }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2 * image.samples.count)
        for sample in image.samples {
            bytes.append(UInt8(truncatingIfNeeded: sample))
            bytes.append(UInt8(sample >> 8))
        }
        return bytes
    }
}
