/// What the answer to a small request may be large by: the jobs that there are.
enum JobShapes {
    /// - Parameter usual: a small request of the route.
    static func all(_ usual: WireRequest) -> [Shape] {
        var shapes = [
            Shape("queued jobs", 25, request: { _ in usual }) { bench, size in
                let job = try bench.finish(images: 2)
                for _ in 0..<size { _ = try bench.submit() }
                return job
            },
            Shape("images of a job", 25, request: { _ in usual }) { bench, size in try bench.finish(images: size) },
        ]
        if usual.target.hasSuffix("/archive") {
            // So many that what is done again for each of them is more than what each takes.
            shapes.append(
                Shape("hundreds of images of a job", 100, request: { _ in usual }) { bench, size in
                    try bench.finish(images: size)
                })
        }
        if usual.target == "/v1/jobs" {
            var page = usual
            page.target += "?limit=200"
            shapes.append(
                Shape("queued jobs of a page", 50, request: { _ in page }) { bench, size in
                    for _ in 1..<size { _ = try bench.submit() }
                    return try bench.submit()
                })
        }
        return shapes
    }
}
