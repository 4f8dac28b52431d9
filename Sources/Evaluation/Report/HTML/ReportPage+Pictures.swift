import FoundationEssentials
import Images

extension ReportPage {
    mutating func html(_ comparison: PictureComparison) throws(ImageError) -> String {
        var rows = ""
        for row in comparison.rows {
            let real = try sheet(row.real, of: "real", condition: row.condition)
            let synthetic = try sheet(row.synthetic, of: "synthetic", condition: row.condition)
            rows += """
                <div class="pair" role="group" aria-label="\(HTMLText.escaped(row.condition))">
                <h4>\(HTMLText.escaped(row.condition))</h4>
                \(real)\(synthetic)</div>

                """
        }
        return """
            <div class="pictures">
            <h3>\(HTMLText.escaped(comparison.caption))</h3>
            \(rows)</div>

            """
    }

    private func sheet(_ images: [PixelImage], of kind: String, condition: String) throws(ImageError) -> String {
        let most = PictureComparison.mostImages
        let chosen = Array(images.prefix(most))
        guard let sheet = try PictureSheet.fitting(chosen, mostBytes: bytesPerSheet) else {
            let reason = images.isEmpty ? "there are no \(kind) images of this condition" : "they would be too large"
            return "<figure><p class=\"absent\">No pictures: \(reason).</p><figcaption>\(kind)</figcaption></figure>\n"
        }
        let shown = sheet.shown < images.count ? "\(sheet.shown) of \(images.count)" : "\(sheet.shown)"
        return figure(
            sheet, alternative: "\(shown) \(kind) images, \(condition), in \(sheet.columns) columns",
            caption: "\(shown) \(kind)")
    }

    mutating func html(_ pairs: PicturePairs) throws(ImageError) -> String {
        var items = ""
        for (place, pair) in pairs.pairs.enumerated() {
            let words = "score \(ReportNumber.text(pair.score))" + (pair.isFlagged ? ", flagged as a copy" : "")
            let generated = try single(
                pair.generated, alternative: "Generated image \(place + 1)", caption: "generated")
            let nearest = try single(
                pair.nearest, alternative: "The training image nearest to generated image \(place + 1)",
                caption: "nearest in training")
            items += """
                <div class="pair\(pair.isFlagged ? " flagged" : "")" role="group" aria-label="Pair \(place + 1)">
                <h4>Pair \(place + 1): \(words)</h4>
                \(generated)\(nearest)</div>

                """
        }
        return """
            <div class="pictures">
            <h3>\(HTMLText.escaped(pairs.caption))</h3>
            <div class="pairs">
            \(items)</div>
            </div>

            """
    }

    mutating func html(_ picture: ReportPicture) throws(ImageError) -> String {
        try single(picture.image, alternative: picture.alternative, caption: picture.caption)
    }

    private func single(_ image: PixelImage, alternative: String, caption: String) throws(ImageError) -> String {
        guard let sheet = try PictureSheet.fitting([image], mostBytes: bytesPerSheet) else {
            return "<figure><p class=\"absent\">No picture: it would be too large.</p>"
                + "<figcaption>\(HTMLText.escaped(caption))</figcaption></figure>\n"
        }
        return figure(sheet, alternative: alternative, caption: caption)
    }

    private func figure(_ sheet: PictureSheet, alternative: String, caption: String) -> String {
        let scale = max(1, min(3, 256 / max(sheet.width / sheet.columns, 1)))
        return """
            <figure><img src="data:image/png;base64,\(Data(sheet.png).base64EncodedString())" \
            width="\(sheet.width * scale)" height="\(sheet.height * scale)" alt="\(HTMLText.escaped(alternative))">\
            <figcaption>\(HTMLText.escaped(caption))</figcaption></figure>

            """
    }
}
