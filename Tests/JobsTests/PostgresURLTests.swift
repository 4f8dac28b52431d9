import JobsPostgres
import Testing

@Suite struct PostgresURLTests {
    @Test(arguments: [
        ("postgres://ann:pw@db.example:5433/jobs?sslmode=require", "postgres://ann@db.example:5433/jobs"),
        ("postgresql://ann@[::1]/jobs", "postgresql://ann@[::1]/jobs"), ("postgres://db/jobs", "postgres://db/jobs"),
        ("postgres://ann:p?w@db/jobs", "postgres://"), ("postgres:///jobs?password=a@b", "postgres://"),
        ("postgres://ann:a@b@db/jobs", "postgres://"), ("host=db password=pw", "postgres"),
    ])
    func whatIsSaidOfAnAddress(_ url: String, _ said: String) {
        #expect(PostgresJobStore.redacted(url) == said)
    }

    /// 10,000 passwords of the characters that mean something in an address, in the place of a user's and of a
    /// parameter's: no letter of them is ever shown.
    @Test func noPasswordIsShown() {
        var state: UInt64 = 1
        func draw(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let signs = ["Z", "Z", "@", ":", "/", "?", "#", "&", "=", "%40", "[", "]", "Q"]
        for _ in 0..<10_000 {
            let password = (0...draw(8)).map { _ in signs[draw(signs.count)] }.joined()
            let user = ["", "ann"][draw(2)], database = ["", "/", "/jobs"][draw(3)]
            let url =
                draw(2) == 0
                ? "postgres://\(user):\(password)@db:5432\(database)" : "postgres://db\(database)?password=\(password)"
            let said = PostgresJobStore.redacted(url)
            #expect(!said.contains("Z") && !said.contains("Q"), "\(url) is shown as \(said)")
        }
    }
}
