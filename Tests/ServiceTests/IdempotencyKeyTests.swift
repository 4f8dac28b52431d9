import HTTPTypes
import JSON
import Service
import Testing

/// `Idempotency-Key`: one job for a request that comes again.
@Suite struct IdempotencyKeyTests {
    private static let key = HTTPField.Name("Idempotency-Key")!

    /// The same values are the same request, whatever their spelling; nearly the same are another.
    @Test func keysCompareValues() async throws {
        let bench = try RoutingBench()
        let body = #"{"steps":10,"seed":18446744073709551615,"guidance":1.5,"condition":{"view":"PA"}}"#
        let id = try #require(await bench.post(body, [Self.key: "k"])["id"]?.string)
        for same in [
            #"{ "guidance": 15e-1, "condition":{"vi\u0065w":"P\u0041"}, "seed": 18446744073709551615.0, "steps" : 1.0E1 }"#,
            #"{"steps":10.0,"seed":1844674407370955161.5e1,"guidance":1.50,"condition":{"view":"PA"}}"#,
            #"{"steps":10,"seed":"18446744073709551615","guidance":1.5,"condition":{"view":"PA"}}"#,
        ] {
            let answer = await bench.post(same, [Self.key: "k"])
            #expect(answer["id"]?.string == id)
        }
        for other in [
            #"{"steps":10,"seed":18446744073709551614,"guidance":1.5,"condition":{"view":"PA"}}"#,
            #"{"steps":10,"seed":"18446744073709551614","guidance":1.5,"condition":{"view":"PA"}}"#,
            #"{"steps":10,"seed":18446744073709551615,"guidance":1.5000000000000001,"condition":{"view":"PA"}}"#,
        ] {
            let answer = await bench.post(other, [Self.key: "k"])
            #expect(answer.status == 422)
            #expect(answer["type"] == "urn:phantom:problem:idempotency-key-reused")
        }
    }

    @Test func theSameKeyAndBodyNameTheSameJob() async throws {
        let bench = try RoutingBench()
        let first = await bench.post(#"{"steps":2,"count":1}"#, [Self.key: "k1"])
        let again = await bench.post(#" {"count":1, "steps":2} "#, [Self.key: "k1"])
        let other = await bench.post(#"{"steps":3,"count":1}"#, [Self.key: "k1"])
        let fresh = await bench.post(#"{"steps":2,"count":1}"#, [Self.key: "k2"])
        #expect(first.status == 202 && again.status == 202 && fresh.status == 202)
        #expect(first["id"] == again["id"])
        #expect(first["request"]?["seed"] == again["request"]?["seed"])
        #expect(first["id"] != fresh["id"])
        #expect(other.status == 422)
        #expect(other["type"] == "urn:phantom:problem:idempotency-key-reused")
        #expect(await bench.get("/v1/jobs")["items"]?.array?.count == 2)
    }

    /// The draft of the header writes a string in quotes.
    @Test func aQuotedKeyIsTheKeyWithinTheQuotes() async throws {
        let bench = try RoutingBench()
        let body = #"{"steps":2}"#
        let id = try #require(await bench.post(body, [Self.key: "k1"])["id"]?.string)
        #expect(await bench.post(body, [Self.key: "\"k1\""])["id"]?.string == id)
        for other in ["\"\"k1\"\"", "\"k1", "k1\"", "\"", "\"" + String(repeating: "k", count: 255) + "\""] {
            let answer = await bench.post(body, [Self.key: other])
            #expect(answer.status == 202 && answer["id"]?.string != id, "\(other)")
        }
    }

    @Test(arguments: ["", "\"\"", "a b", "é", String(repeating: "k", count: 256)])
    func unusableKeysAre400(_ key: String) async throws {
        #expect(try await RoutingBench().post("{}", [Self.key: key]).status == 400)
    }
}
