/// What a synthetic image says of itself: its recipe for machines, and for everybody that it shows no patient.
public struct Provenance: Equatable, Sendable {
    /// How a picture came to be, in the words of the IPTC (NewsCodes, digital source type).
    public enum DigitalSourceType: String, Sendable {
        /// Made whole by a trained model.
        case trainedAlgorithmicMedia
        /// Parts of a given picture kept, others made by a trained model: inpainting, super-resolution.
        case compositeWithTrainedAlgorithmicMedia

        public var uri: String { "http://cv.iptc.org/newscodes/digitalsourcetype/\(rawValue)" }
    }

    /// Keyword of the iTXt chunk with the recipe.
    public static let recipeKeyword = "phantom:recipe"
    /// Keyword of the iTXt chunk with XMP (XMP specification part 3, section 1.1.5).
    public static let xmpKeyword = "XML:com.adobe.xmp"

    /// JSON text; kept as it is, to the byte.
    public let recipe: String
    public let sourceType: DigitalSourceType
    /// The program, e.g. `Phantom 1.0`.
    public let software: String
    /// What the file says to people.
    public let description: String

    public init(
        recipe: String, sourceType: DigitalSourceType, software: String = "Phantom",
        description: String =
            "Synthetic image made by a diffusion model. It does not show a patient and is not for diagnosis."
    ) {
        self.recipe = recipe
        self.sourceType = sourceType
        self.software = software
        self.description = description
    }

    /// The texts a PNG carries for it.
    /// - Throws: `ImageError` of kind `.invalidValue` if a text holds NUL.
    public var texts: [PNGText] {
        get throws(ImageError) {
            [
                try PNGText(keyword: "Description", text: description),
                try PNGText(keyword: "Software", text: software),
                try PNGText(keyword: Self.recipeKeyword, text: recipe),
                try PNGText(keyword: Self.xmpKeyword, text: xmp),
            ]
        }
    }

    /// The XMP packet (ISO 16684-1): IPTC Extension's digital source type, creator tool and description. Read-only
    /// (`end="r"`), for who edits it in place would break the chunk's checksum.
    public var xmp: String {
        """
        <?xpacket begin="\u{FEFF}" id="W5M0MpCehiHzreSzNTczkc9d"?>
        <x:xmpmeta xmlns:x="adobe:ns:meta/">
         <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
          <rdf:Description rdf:about=""
            xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
            xmlns:dc="http://purl.org/dc/elements/1.1/"
            xmlns:xmp="http://ns.adobe.com/xap/1.0/">
           <Iptc4xmpExt:DigitalSourceType>\(sourceType.uri)</Iptc4xmpExt:DigitalSourceType>
           <xmp:CreatorTool>\(software.xmlEscaped)</xmp:CreatorTool>
           <dc:description><rdf:Alt><rdf:li \
        xml:lang="x-default">\(description.xmlEscaped)</rdf:li></rdf:Alt></dc:description>
          </rdf:Description>
         </rdf:RDF>
        </x:xmpmeta>
        <?xpacket end="r"?>
        """
    }
}

extension String {
    /// As character data of XML 1.0: markup escaped, and what XML can't hold (section 2.2) replaced by U+FFFD.
    fileprivate var xmlEscaped: String {
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\t", "\n": escaped.unicodeScalars.append(scalar)
            case "\r": escaped += "&#13;"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
