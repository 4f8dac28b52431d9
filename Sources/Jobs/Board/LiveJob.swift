/// What a job that is run here has done, beyond what the store knows.
struct LiveJob {
    var usage: JobUsage
    /// Changes published under this lease: the low half of the version.
    var changes: Int64
    /// The version that the lease gave the job: what the store says of the time before is out of date.
    let leased: JobVersion
    /// The version that the job was first seen running with. `changes` are counted from there, whatever is saved
    /// meanwhile: a save changes nothing for those who look here.
    var base: JobVersion?
    /// Whether others make other images of the job: then the store alone knows how far it is.
    let isPart: Bool
}
