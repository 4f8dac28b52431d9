/// A process that computes, or answers, on a queue that several share: what it says of itself every few seconds.
public struct WorkerRecord: Hashable, Sendable {
    /// What it can make.
    public struct Model: Hashable, Sendable {
        public var reference: ModelReference
        /// Nanoseconds of one row of a network evaluation, as last measured; nil before the first.
        public var nanosecondsPerCall: Double?

        public init(_ reference: ModelReference, nanosecondsPerCall: Double? = nil) {
            (self.reference, self.nanosecondsPerCall) = (reference, nanosecondsPerCall)
        }
    }

    /// What a process computes by.
    public struct Program: Hashable, Sendable {
        public var version: String
        /// The arithmetic by which its images are made: see `NewJob.arithmetic`.
        public var arithmetic: String

        public init(version: String, arithmetic: String) { (self.version, self.arithmetic) = (version, arithmetic) }
    }

    /// Unique to the life of a process.
    public var id: String
    /// Its host and process, for people.
    public var name: String
    public var role: String
    public var program: Program
    public var cores: Int
    public var models: [Model] = []
    /// Jobs that it runs now.
    public var activeJobs = 0
    /// Whether it takes no more jobs, since it is about to end.
    public var isDraining = false
    /// The moment by the store's clock; what a process says of itself here does not count.
    public var startedAt = Timestamp(milliseconds: 0)
    public var seenAt = Timestamp(milliseconds: 0)

    public init(id: String, name: String, role: String, program: Program, cores: Int) {
        (self.id, self.name, self.role, self.program, self.cores) = (id, name, role, program, cores)
    }

    /// Whether it takes jobs of this model that were accepted under this arithmetic.
    public func serves(_ model: ModelReference, arithmetic: String) -> Bool {
        role != "api" && !isDraining && (arithmetic.isEmpty || arithmetic == program.arithmetic)
            && models.contains { $0.reference == model }
    }
}

extension [WorkerRecord] {
    /// Why none of these will take a job; nil when one will.
    public func reasonToWait(for model: ModelReference, arithmetic: String) -> String? {
        if contains(where: { $0.serves(model, arithmetic: arithmetic) }) { return nil }
        let computing = filter { $0.role != "api" && !$0.isDraining }
        guard !computing.isEmpty else { return "no worker is there" }
        let named = computing.filter { worker in worker.models.contains { $0.reference.name == model.name } }
        guard !named.isEmpty else { return "no worker has the model \(model.name)" }
        guard named.contains(where: { worker in worker.models.contains { $0.reference == model } }) else {
            return "the workers have other weights under the name \(model.name): expected \(model.weightsSHA256)"
        }
        return "no worker computes by arithmetic \(arithmetic), under which the job was accepted"
    }
}
