/// Why a job cannot be run here.
struct JobFailure: Error, Sendable {
    let detail: String
}
