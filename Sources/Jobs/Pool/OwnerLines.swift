/// Jobs in a line for each owner, who take turns by what was done for them; in each line the jobs take turns, too.
struct OwnerLines {
    private struct Line {
        let owner: String
        var jobs: [JobID]
        var next = 0
    }

    private var lines: [Line] = []

    /// - Parameter jobs: with their owners, in the order in which they wait.
    init(_ jobs: [(id: JobID, owner: String)]) {
        var places: [String: Int] = [:]
        for (id, owner) in jobs {
            if let place = places[owner] {
                lines[place].jobs.append(id)
            } else {
                places[owner] = lines.count
                lines.append(Line(owner: owner, jobs: [id]))
            }
        }
    }

    /// The next job of the owner for whom least was done, among equal ones of the one who has waited longest.
    mutating func next(_ done: [String: Double]) -> JobID? {
        let line = lines.indices.min { (done[lines[$0].owner] ?? 0) < (done[lines[$1].owner] ?? 0) }
        guard let line else { return nil }
        defer { lines[line].next += 1 }
        if lines[line].next >= lines[line].jobs.count { lines[line].next = 0 }
        return lines[line].jobs[lines[line].next]
    }

    /// The job that was given last can do nothing more.
    mutating func leave(_ id: JobID) {
        for line in lines.indices {
            guard let place = lines[line].jobs.firstIndex(of: id) else { continue }
            lines[line].jobs.remove(at: place)
            if place < lines[line].next { lines[line].next -= 1 }
            if lines[line].jobs.isEmpty { lines.remove(at: line) }
            return
        }
    }
}
