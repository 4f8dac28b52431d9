import Jobs
import Testing

@Suite struct ValueTests {
    @Test func idsAreVersion7() throws {
        var generator = SystemRandomNumberGenerator()
        var seen: Set<JobID> = []
        for milliseconds: Int64 in [0, 1, 1_700_000_000_000, 0xFFFF_FFFF_FFFF] {
            for _ in 0..<200 {
                let id = JobID(at: Timestamp(milliseconds: milliseconds), using: &generator)
                let text = Array(id.description)
                #expect(text.count == 36 && text[14] == "7" && "89ab".contains(text[19]))
                #expect(Int64(String(text[0..<8] + text[9..<13]), radix: 16) == milliseconds)
                #expect(JobID(id.description) == id)
                #expect(JobID(id.description.uppercased()) == id)
                seen.insert(id)
            }
        }
        #expect(seen.count == 800)
    }

    /// A row may hold any number.
    @Test func everyMomentIsTold() {
        #expect(Timestamp(milliseconds: -1).rfc3339 == "1969-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: -86_400_000).rfc3339 == "1969-12-31T00:00:00.000Z")
        #expect(Timestamp(milliseconds: .min).rfc3339.hasSuffix("-05-16T16:47:04.192Z"))
        #expect(Timestamp(milliseconds: .max).rfc3339 == "292278994-08-17T07:12:55.807Z")
    }

    /// RFC 9562 appendix A.6.
    @Test func theExampleOfTheRFCIsRead() throws {
        let id = try #require(JobID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"))
        #expect(id.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    }

    @Test(arguments: [
        "", "017f22e2", "017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-4cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-18c4-dc0c0c07398f", "g17f22e2-79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398/",
        "../../../../../../../../etc/passwd00", "017f22e2_79b0_7cc3_98c4_dc0c0c07398f", "０17f22e2-79b0-7cc3-98c4-dc0c0c0739",
        "+17f22e2-79b0-7cc3-98c4-dc0c0c07398f", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
    ]) func anythingElseIsNoID(_ text: String) {
        #expect(JobID(text) == nil)
    }

    /// Expected: `datetime.fromtimestamp(ms / 1000, timezone.utc).isoformat(timespec="milliseconds")` of Python; the first by hand.
    @Test(arguments: [
        (-1, "1969-12-31T23:59:59.999Z"), (0, "1970-01-01T00:00:00.000Z"), (951_782_399_999, "2000-02-28T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"), (951_868_800_000, "2000-03-01T00:00:00.000Z"),
        (1_234_567_890_123, "2009-02-13T23:31:30.123Z"), (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
        (1_735_689_599_999, "2024-12-31T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ] as [(Int64, String)]) func timesAreWrittenAsRFC3339(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
    }

    @Test func statusesKnowTheirEnd() {
        #expect(JobStatus.allCases.filter(\.isTerminal) == [.succeeded, .failed, .cancelled])
    }
}
