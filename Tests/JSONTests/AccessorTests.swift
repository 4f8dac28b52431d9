import JSON
import Testing

@Suite("JSON accessors")
struct AccessorTests {
    private let root: JSONCursor

    init() throws {
        let text = #"""
            {"name": "cxr64", "count": 3, "big": 18446744073709551615, "scale": 0.5, "on": true, "none": null,
             "list": [1, 2, "x"], "a/b~c": {"deep": [{"leaf": -1}]}, "whole": 2.0, "huge": 1e999}
            """#
        root = JSONCursor(try JSONReader().read(text))
    }

    private func mismatch(_ body: () throws(JSONMismatch) -> Void) -> JSONMismatch? {
        do throws(JSONMismatch) {
            try body()
            return nil
        } catch { return error }
    }

    @Test func givesTypedValues() throws {
        #expect(try root.required("name").string() == "cxr64")
        #expect(try root.required("count").int(in: 1...3) == 3)
        #expect(try root.required("whole").int() == 2)
        #expect(try root.required("big").uint64() == UInt64.max)
        #expect(try root.required("scale").double() == 0.5)
        #expect(try root.required("on").bool())
        #expect(try root.member("none") == nil)
        #expect(try root.member("absent") == nil)
    }

    /// As an argument of a Python constructor, null is None: not absent, false where a flag is asked for, else refused.
    @Test func aGivenNullIsNotAbsent() throws {
        #expect(try root.given("absent") == nil && root.given("none", isUsed: false) == nil)
        #expect(try root.given("count", isUsed: false)?.int() == 3)
        #expect(try root.given("none")?.boolOrNone() == false && root.given("on")?.boolOrNone() == true)
        #expect(
            mismatch { () throws(JSONMismatch) in _ = try root.given("none")?.int() }
                == JSONMismatch(pointer: "/none", expected: "an integer", got: "null"))
        #expect(
            mismatch { () throws(JSONMismatch) in _ = try root.given("count")?.boolOrNone() }
                == JSONMismatch(pointer: "/count", expected: "true or false", got: "number 3"))
    }

    @Test func complaintsNamePlaceExpectedAndGot() throws {
        #expect(
            mismatch { () throws(JSONMismatch) in _ = try root.required("name").int() }
                == JSONMismatch(pointer: "/name", expected: "an integer", got: "string \"cxr64\""))
        #expect(
            mismatch { () throws(JSONMismatch) in _ = try root.required("count").int(in: 4...9) }
                == JSONMismatch(pointer: "/count", expected: "an integer 4 to 9", got: "number 3"))
        #expect(
            mismatch { () throws(JSONMismatch) in _ = try root.required("huge").double() }
                == JSONMismatch(pointer: "/huge", expected: "a number", got: "number 1e999"))
        #expect(
            mismatch { () throws(JSONMismatch) in _ = try root.object().ints("list") }
                == JSONMismatch(pointer: "/list/2", expected: "an integer", got: "string \"x\""))
        #expect(
            mismatch { () throws(JSONMismatch) in _ = try root.required("missing") }
                == JSONMismatch(pointer: "/missing", expected: "a value", got: "nothing"))
        #expect(
            mismatch { () throws(JSONMismatch) in _ = try root.required("list").elements(count: 1...2) }
                == JSONMismatch(pointer: "/list", expected: "an array of 1 to 2", got: "an array of 3"))
        #expect(
            mismatch { () throws(JSONMismatch) in _ = try root.required("name").string(oneOf: ["a", "b"]) }
                == JSONMismatch(pointer: "/name", expected: "one of a, b", got: "string \"cxr64\""))
        #expect(mismatch { () throws(JSONMismatch) in _ = try root.bool() }?.description == "/: expected true or false, got an object of 10 members")
    }

    @Test func pointersEscapeTheirTokens() throws {
        let leaf = try root.required("a/b~c").required("deep").elements()[0].required("leaf")
        #expect(leaf.pointer == "/a~1b~0c/deep/0/leaf")
        #expect(mismatch { () throws(JSONMismatch) in _ = try leaf.uint64() }?.description
            == "/a~1b~0c/deep/0/leaf: expected an integer from 0 to 18446744073709551615, got number -1")
    }

    @Test func unknownFieldsAreRefusedByName() throws {
        let cursor = JSONCursor(["a": 1, "b": 2] as JSONObject)
        #expect(mismatch { () throws(JSONMismatch) in try cursor.refuseMembers(otherThan: ["a", "b", "c"]) } == nil)
        #expect(mismatch { () throws(JSONMismatch) in try cursor.refuseMembers(otherThan: ["a", "c"]) }
            == JSONMismatch(pointer: "/b", expected: "one of the fields a, c", got: "an unknown field"))
    }

    @Test func summariesAreShortAndEscaped() {
        #expect(JSONValue.string("a\n").summary == "string \"a\\n\"")
        #expect(JSONValue.string(String(repeating: "x", count: 1000)).summary.utf8.count < 80)
    }

    @Test func objectsReplaceRemoveAndCompareWithoutOrder() {
        var object: JSONObject = ["a": 1, "b": 2, "c": 3]
        object["b"] = nil
        object["c"] = 4
        object["d"] = 5
        #expect(object.keys == ["a", "c", "d"])
        #expect(object["d"] == 5 && object["b"] == nil && object["c"] == 4)
        #expect(object == ["d": 5, "c": 4, "a": 1])
        #expect(object != ["d": 5, "c": 4, "a": 2])
    }
}
