import Images
import Testing

@Suite struct ProvenanceTests {
    static let pixel = try! PixelImage(width: 1, height: 1, channels: 1, bitDepth: 8, samples: [9])  // sizes fit

    @Test(arguments: [
        "{}", #"{"seed":"18446744073709551615","condition":{"Befund":"Lungenödem – 肺水腫 🫁"}}"#, "line\nbreak\ttab\r\u{1}"])
    func `A recipe is read back to the byte`(recipe: String) throws {
        let png = try PNGEncoder.encode(Self.pixel, provenance: Provenance(recipe: recipe, sourceType: .trainedAlgorithmicMedia))
        let decoded = try PNGDecoder.decode(png.bytes)
        #expect(decoded.recipe.map { Array($0.utf8) } == Array(recipe.utf8))
        #expect(try PNGDecoder.texts(png.bytes) == decoded.texts)
        #expect(try PNGDecoder.text("phantom:recipe", of: png.bytes) == decoded.recipe)
        #expect(try PNGDecoder.text("phantom", of: png.bytes) == nil)
    }

    @Test func `A long recipe is read back as long as the limit allows`() throws {
        let recipe = String(repeating: "long ", count: 100_000)
        let png = try PNGEncoder.encode(Self.pixel, provenance: Provenance(recipe: recipe, sourceType: .trainedAlgorithmicMedia))
        #expect(try PNGDecoder.decode(png.bytes).recipe == recipe)
        #expect(try PNGDecoder.decode(png.bytes, limits: PNGLimits(textBytes: 500_000)).recipe == nil)  // the keyword counts too
    }

    @Test func `The file says that it is synthetic`() throws {
        let provenance = Provenance(recipe: "{}", sourceType: .compositeWithTrainedAlgorithmicMedia, software: "Phantom 1.0")
        let texts = try PNGDecoder.decode(PNGEncoder.encode(Self.pixel, provenance: provenance).bytes).texts
        #expect(texts.map(\.keyword) == ["Description", "Software", "phantom:recipe", "XML:com.adobe.xmp"])
        #expect(texts.only("Description")?.contains("Synthetic image") == true)
        #expect(texts.only("Software") == "Phantom 1.0")
        let xmp = try #require(texts.only("XML:com.adobe.xmp"))
        let uri = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
        #expect(xmp.contains("<Iptc4xmpExt:DigitalSourceType>\(uri)</Iptc4xmpExt:DigitalSourceType>"))
        let whole = Provenance(recipe: "{}", sourceType: .trainedAlgorithmicMedia).xmp
        #expect(whole.contains(">http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia<"))
    }

    @Test func `XMP escapes what XML reserves or can't hold`() throws {
        let provenance = Provenance(
            recipe: "{}", sourceType: .trainedAlgorithmicMedia, software: "A & <B> \u{1}", description: "]]> \u{FFFF} ä\r")
        #expect(provenance.xmp.contains("<xmp:CreatorTool>A &amp; &lt;B&gt; \u{FFFD}</xmp:CreatorTool>"))
        #expect(provenance.xmp.contains(#"<rdf:li xml:lang="x-default">]]&gt; \#u{FFFD} ä&#13;</rdf:li>"#))
    }

    @Test func `Two recipes are none`() throws {
        let texts = [try PNGText(keyword: "phantom:recipe", text: "1"), try PNGText(keyword: "phantom:recipe", text: "2")]
        #expect(try PNGDecoder.decode(PNGEncoder.encode(Self.pixel, texts: texts).bytes).recipe == nil)
        #expect(try PNGDecoder.text("phantom:recipe", of: PNGEncoder.encode(Self.pixel, texts: texts).bytes) == nil)
        #expect(try PNGDecoder.decode(PNGEncoder.encode(Self.pixel, texts: [texts[1]]).bytes).recipe == "2")
        #expect(try PNGDecoder.decode(PNGEncoder.encode(Self.pixel).bytes).recipe == nil)
    }

    @Test(arguments: ["", " a", "a ", "a  b", "a\u{7F}", "a\u{A0}b", "漢", String(repeating: "k", count: 80), "a\0"])
    func `A keyword against the standard is refused`(keyword: String) {
        #expect(throws: ImageError.self) { try PNGText(keyword: keyword, text: "") }
    }

    @Test func `Keywords and texts at the edges are read back`() throws {
        let texts = [
            try PNGText(keyword: String(repeating: "k", count: 79), text: ""), try PNGText(keyword: "é", text: "plain"),
            try PNGText(keyword: "a b", text: "ünïcode"), try PNGText(keyword: "c", text: "\u{7F}"),
        ]
        let png = try PNGEncoder.encode(Self.pixel, texts: texts).bytes
        #expect(try PNGDecoder.decode(png).texts == texts)
        for text in texts { #expect(try PNGDecoder.text(text.keyword, of: png) == text.text) }
        #expect(throws: ImageError.self) { try PNGText(keyword: "a", text: "b\0c") }
    }
}
