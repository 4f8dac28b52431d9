import Bytes

/// Goes through one state of a store and looks whether it holds what `JobStore` promises: that jobs can be read, that
/// those that have succeeded have all their images and their bytes are those of the digests, that nothing lies about
/// which belongs to no open job, that the audit log is whole, and that numbers agree.
package struct StoreCheck {
    /// What only those who run jobs know.
    package struct Rules {
        /// What is wrong with a job's recipes; nil: nothing.
        package var faultOfRecipe: ([UInt8]) -> String?
        /// What is wrong with an image, given what its row says of it; nil: nothing.
        package var faultOfImage: (_ bytes: [UInt8], ImageTraits.Format) -> String?

        package init(
            faultOfRecipe: @escaping ([UInt8]) -> String?,
            faultOfImage: @escaping ([UInt8], ImageTraits.Format) -> String?
        ) {
            (self.faultOfRecipe, self.faultOfImage) = (faultOfRecipe, faultOfImage)
        }
    }

    let snapshot: any StoreSnapshot
    let rules: Rules
    private let report: (StoreFault) -> Void
    package internal(set) var tally = StoreTally()
    /// The largest ordinal of the jobs that are there.
    private(set) var largestOrdinal: Int64 = 0

    /// - Parameter report: told of each fault as it is found.
    package init(_ snapshot: any StoreSnapshot, rules: Rules, report: @escaping (StoreFault) -> Void) {
        (self.snapshot, self.rules, self.report) = (snapshot, rules, report)
    }

    /// - Throws: what keeps it from reading on.
    package mutating func run() throws {
        try checkJobs()
        try checkInputs()
        try checkTombstones()
        try checkAudit()
        try checkDeliveries()
        try checkCounters()
    }

    mutating func note(_ place: String, expected: String, got: String) {
        tally.faults += 1
        report(StoreFault(place, expected: expected, got: got))
    }

    // MARK: Jobs

    /// What belongs to jobs, each table in the order of the jobs.
    private struct Belongings {
        var images: StoreRows
        var trajectories: StoreRows
        var inputs: StoreRows
    }

    private mutating func checkJobs() throws {
        var jobs = StoreRows(snapshot, .jobs)
        var belongings = Belongings(
            images: StoreRows(snapshot, .images), trajectories: StoreRows(snapshot, .trajectories),
            inputs: StoreRows(snapshot, .jobInputs))
        while let row = try jobs.next() {
            tally.jobs += 1
            largestOrdinal = max(largestOrdinal, row.integer("ordinal") ?? 0)
            let name = "job \(row.text("id"))"
            checkFields(row, name)
            let images = try checkImages(row, name, &belongings.images)
            try checkTrajectories(row, name, &belongings.trajectories, finished: images)
            try belongings.inputs.rows(ofJob: row.integer("ordinal") ?? 0, stray: { noteStray($0) }) { _ in }
        }
        while let row = try belongings.images.next() { noteStray(row) }
        while let row = try belongings.trajectories.next() { noteStray(row) }
        while let row = try belongings.inputs.next() { noteStray(row) }
    }

    private mutating func noteStray(_ row: StoreRow) {
        note(row.name, expected: "a row of a job in the store", got: "a job that is not there")
    }

    private mutating func checkFields(_ row: StoreRow, _ name: String) {
        if JobID(row.text("id")) == nil {
            note(row.name, expected: "the id of a job (a UUID of version 7)", got: "'\(row.text("id"))'")
        }
        let status = JobStatus(rawValue: row.text("status"))
        if status == nil { note(name, expected: "a status", got: "'\(row.text("status"))'") }
        if (status?.isTerminal ?? false) == row.isNull("finished_at") {
            let got = row.isNull("finished_at") ? "none" : "one"
            note(name, expected: "a time of its end exactly if it has ended (\(row.text("status")))", got: got)
        }
        if let recipe = row.bytes("run") {
            if let fault = rules.faultOfRecipe(recipe) { note(name, expected: "recipes that can be read", got: fault) }
        } else {
            tally.jobsWithoutRecipe += 1
        }
        let counts: [(column: String, least: Int64)] = [
            ("images", 1), ("steps", 0), ("planned_calls", 0), ("images_done", 0), ("image_steps", 0),
            ("network_calls", 0), ("compute_ns", 0), ("attempt", 0), ("stored_bytes", 0), ("created_at", 0),
        ]
        for (column, least) in counts where row.integer(column) ?? least < least {
            note(name, expected: "\(column) of \(least) at least", got: "\(row.integer(column) ?? 0)")
        }
    }

    // MARK: Images

    /// - Returns: the images that are there.
    private mutating func checkImages(_ row: StoreRow, _ name: String, _ images: inout StoreRows) throws -> Set<Int64> {
        var found: Set<Int64> = []
        let ordinal = row.integer("ordinal") ?? 0, expected = row.integer("images") ?? 0
        let status = JobStatus(rawValue: row.text("status"))
        try images.rows(ofJob: ordinal, stray: { noteStray($0) }) { image in
            let index = image.integer("image") ?? -1
            found.insert(index)
            if index < 0 || index >= expected {
                note(name, expected: "images 0 ..< \(expected)", got: "image \(index)")
            }
            checkBytes(image, "\(name), image \(index)")
        }
        switch status {
        case .succeeded:
            if let missing = (0..<max(0, expected)).first(where: { !found.contains($0) }) {
                note(name, expected: "\(expected) images, since it has succeeded", got: "none of number \(missing)")
            }
            if row.integer("images_done") != expected {
                note(name, expected: "images_done of \(expected)", got: "\(row.integer("images_done") ?? 0)")
            }
        case .failed, .cancelled:
            if !found.isEmpty {
                note(name, expected: "no image, since it is \(row.text("status"))", got: "\(found.count)")
            }
        case .queued, .running, nil: break
        }
        return found
    }

    private mutating func checkBytes(_ image: StoreRow, _ name: String) {
        tally.images += 1
        // What lies outside of the database and cannot be read says why not.
        if case .text(let problem) = image["content"] {
            return note(name, expected: "its \(image.integer("byte_count") ?? 0) bytes", got: problem)
        }
        let bytes = image.bytes("content") ?? []
        tally.imageBytes += Int64(bytes.count)
        if image.integer("byte_count") != Int64(bytes.count) {
            note(name, expected: "\(image.integer("byte_count") ?? 0) bytes", got: "\(bytes.count)")
        }
        // It was made and not kept.
        if bytes.isEmpty { return }
        let digest = Digest(of: bytes).hexadecimal
        if digest != image.text("sha256") {
            note(name, expected: "bytes with the SHA-256 \(image.text("sha256"))", got: digest)
        }
        let format = ImageTraits.Format(
            width: Int(clamping: image.integer("width") ?? 0), height: Int(clamping: image.integer("height") ?? 0),
            bitDepth: Int(clamping: image.integer("bit_depth") ?? 0))
        if let fault = rules.faultOfImage(bytes, format) { note(name, expected: "its image", got: fault) }
    }

    private mutating func checkTrajectories(
        _ row: StoreRow, _ name: String, _ trajectories: inout StoreRows, finished: Set<Int64>
    ) throws {
        let isOpen = !(JobStatus(rawValue: row.text("status"))?.isTerminal ?? false)
        try trajectories.rows(ofJob: row.integer("ordinal") ?? 0, stray: { noteStray($0) }) { saved in
            let index = saved.integer("image") ?? -1, place = "\(name), progress of image \(index)"
            if !isOpen { note(place, expected: "none, since the job has ended", got: "saved progress") }
            if index < 0 || index >= row.integer("images") ?? 0 {
                note(place, expected: "images 0 ..< \(row.integer("images") ?? 0)", got: "image \(index)")
            }
            if finished.contains(index) { note(place, expected: "none, since the image is there", got: "some") }
            let step = saved.integer("step") ?? -1
            if step < 0 || step > row.integer("steps") ?? 0 {
                note(place, expected: "a step of 0 ... \(row.integer("steps") ?? 0)", got: "\(step)")
            }
        }
    }
}
