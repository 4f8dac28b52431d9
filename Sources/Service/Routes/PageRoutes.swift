import Bytes
import HTTP
import HTTPTypes

/// `/` and `/page/{file}`: the web page, built into the program. It asks for nothing from elsewhere, and its policy
/// lets it ask for nothing.
struct PageRoutes: Sendable {
    private struct File: Sendable {
        let type: String
        let bytes: [UInt8]
        let tag: EntityTag

        init(_ type: String, _ bytes: [UInt8]) {
            (self.type, self.bytes) = (type, bytes)
            tag = EntityTag(Digest(of: bytes).hexadecimal)
        }
    }

    private static let script = "text/javascript; charset=utf-8"

    private let index = File("text/html; charset=utf-8", PackageResources.index_html)
    private let files = [
        "page.css": File("text/css; charset=utf-8", PackageResources.page_css),
        "cells.js": File(script, PackageResources.cells_js),
        "client.js": File(script, PackageResources.client_js),
        "compare.js": File(script, PackageResources.compare_js),
        "dicom.js": File(script, PackageResources.dicom_js),
        "dom.js": File(script, PackageResources.dom_js),
        "enlarge.js": File(script, PackageResources.enlarge_js),
        "events.js": File(script, PackageResources.events_js),
        "fields.js": File(script, PackageResources.fields_js),
        "fill.js": File(script, PackageResources.fill_js),
        "gallery.js": File(script, PackageResources.gallery_js),
        "grid.js": File(script, PackageResources.grid_js),
        "image.js": File(script, PackageResources.image_js),
        "job.js": File(script, PackageResources.job_js),
        "main.js": File(script, PackageResources.main_js),
        "make.js": File(script, PackageResources.make_js),
        "mask.js": File(script, PackageResources.mask_js),
        "models.js": File(script, PackageResources.models_js),
        "paint.js": File(script, PackageResources.paint_js),
        "picture.js": File(script, PackageResources.picture_js),
        "png.js": File(script, PackageResources.png_js),
        "queue.js": File(script, PackageResources.queue_js),
        "resize.js": File(script, PackageResources.resize_js),
        "restore.js": File(script, PackageResources.restore_js),
        "words.js": File(script, PackageResources.words_js),
    ]

    /// Content Security Policy Level 3: scripts, styles and requests of this service alone; previews are data URLs, and
    /// images that were fetched with a token blobs.
    private static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:",
        "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    func page(_ call: Call) throws(Problem) -> Reply { .now(answer(index, call)) }

    func file(_ call: Call) throws(Problem) -> Reply {
        guard let file = call.parameters[.file].flatMap({ files[$0] }) else {
            throw Problem(.notFound, "The page has no such file.")
        }
        return .now(answer(file, call))
    }

    private func answer(_ file: File, _ call: Call) -> Response {
        var fields: HTTPFields = [.eTag: file.tag.text, .cacheControl: "no-cache"]
        if EntityTagList(call.fields[values: .ifNoneMatch])?.contains(file.tag) == true {
            return .notModified(fields)
        }
        fields[.contentType] = file.type
        fields[.contentSecurityPolicy] = Self.policy
        fields[.referrerPolicy] = "no-referrer"
        fields[.crossOriginOpenerPolicy] = "same-origin"
        fields[.crossOriginResourcePolicy] = "same-origin"
        fields[.permissionsPolicy] = "camera=(), geolocation=(), microphone=()"
        fields[.xFrameOptions] = "DENY"
        return Response(status: .ok, fields: fields, body: file.bytes)
    }
}

extension HTTPField.Name {
    // Constant tokens.
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    static let crossOriginOpenerPolicy = HTTPField.Name("Cross-Origin-Opener-Policy")!
    static let permissionsPolicy = HTTPField.Name("Permissions-Policy")!
    static let xFrameOptions = HTTPField.Name("X-Frame-Options")!
}
