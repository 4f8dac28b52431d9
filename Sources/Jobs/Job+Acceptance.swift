extension Job {
    /// A job as it is when it has just been accepted.
    package init(_ new: NewJob, id: JobID, at time: Timestamp) {
        self.init(
            id: id, kind: new.kind, status: .queued, model: new.model, request: new.request, createdAt: time,
            startedAt: nil,
            finishedAt: nil,
            progress: JobProgress(step: 0, steps: new.work.steps, imagesDone: 0, images: new.work.images), attempt: 0,
            resumedFromStep: nil,
            timing: JobTiming(queueMilliseconds: nil, computeMilliseconds: 0, networkCalls: 0, imageSteps: 0),
            error: nil, images: [], queuePosition: nil, version: JobVersion(number: 0))
    }
}

extension NewJob {
    /// What the job takes in the store before it has made anything.
    package var byteCount: Int { inputs.reduce(request.count + run.count) { $0 + $1.bytes.count } }
}

extension ImageRecord {
    /// What is known of a finished image without its bytes.
    package init(_ output: ImageOutput, index: Int) {
        self.init(
            index: index, seed: output.seed, width: output.width, height: output.height, bitDepth: output.bitDepth,
            sha256: output.sha256,
            byteCount: output.bytes.count, mediaType: output.mediaType, report: output.report)
    }
}
