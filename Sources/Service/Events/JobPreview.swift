import Jobs

/// The present estimate of an image on its way, as a small PNG.
package struct JobPreview: Sendable {
    package let image: Int
    package let step: Int
    package let width: Int
    package let height: Int
    package let png: [UInt8]

    package init(image: Int, step: Int, width: Int, height: Int, png: [UInt8]) {
        (self.image, self.step, self.width, self.height, self.png) = (image, step, width, height, png)
    }
}

/// Makes previews; nil where there is none at present. Called on a queue of its own, never on a compute thread.
package typealias PreviewSource = @Sendable (JobID) -> JobPreview?
