import HTTP
import Testing

/// Hosts, addresses and ranges of addresses, as they are written.
@Suite struct AddressTests {
    @Test(arguments: [
        ("a.example", "A.Example."), ("a.example:80", "a.EXAMPLE:80"), ("[::1]", "[0:0:0:0:0:0:0:1]"), ("127.0.0.1", "[::ffff:127.0.0.1]"),
        ("[2001:db8::1]:443", "[2001:DB8:0::1]:443"), ("a:", "a"),
    ])
    func equalHostsAreEqual(_ first: String, _ second: String) throws {
        #expect(try #require(Authority(first)) == #require(Authority(second)))
    }

    @Test(arguments: ["", "a b", "a,b", "a/b", "a@b", "[::1", "::1", "a:80:80", "a:65536", "127.1", "0x7f.1", "a..b", "[v1.a", "[127.0.0.1]"])
    func whatIsNoHostIsNone(_ text: String) { #expect(Authority(text) == nil) }

    @Test(arguments: ["localhost", "LOCALHOST.", "localhost:1", "127.255.0.1", "[::1]:2", "[::ffff:127.0.0.1]"])
    func loopback(_ text: String) throws { #expect(try #require(Authority(text)).isLoopback) }

    @Test(arguments: ["localhost.example", "a.localhost", "128.0.0.1", "[::2]", "0.0.0.0", "[::]", "[v1.a]"])
    func others(_ text: String) throws { #expect(!(try #require(Authority(text)).isLoopback)) }

    @Test func aHostHasNoPort() {
        #expect(Authority(host: "::1") == Authority("[::1]"))
        for text in ["a:80", "[::1]:80", "a:", "", "a/b"] { #expect(Authority(host: text) == nil, "\(text)") }
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "10.1.2.2", false),
        ("10.1.2.3/31", "10.1.2.2", true), ("0.0.0.0/0", "255.1.2.3", true), ("0.0.0.0/0", "::1", false), ("::/0", "10.1.2.3", false),
        ("::/0", "fe80::1", true), ("fd00::/8", "fdff::", true), ("fd00::/8", "fe00::", false), ("2001:db8::/64", "2001:db8::ffff:0:0:1", true),
        ("2001:db8::/65", "2001:db8::8000:0:0:1", false), ("::1", "::1", true), ("::ffff:10.0.0.0/104", "10.9.9.9", true),
        ("10.0.0.0/8", "::ffff:10.9.9.9", true), ("::ffff:10.1.2.3", "10.1.2.3", true),
    ])
    func ranges(_ range: String, _ address: String, _ isWithin: Bool) throws {
        #expect(try #require(NetworkRange(range)).contains(#require(PeerAddress.Host(address))) == isWithin)
    }

    @Test(arguments: [
        "", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0", "a", "::/129", "10.0.0.0/ 8", "[::1]", "::ffff:10.0.0.0/8",
        "10.0.0.0/99999999999999999999", "10.0.0.1\0/8",
    ])
    func whatIsNoRangeIsNone(_ text: String) { #expect(NetworkRange(text) == nil) }
}
