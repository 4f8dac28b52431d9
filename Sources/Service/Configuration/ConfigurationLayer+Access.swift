import HTTP
import JSON

// Who may talk to the service, and under which names.
extension ConfigurationLayer {
    func read(hosts: JSONCursor) throws(JSONMismatch) -> [String] {
        var names: [String] = []
        for element in try hosts.elements(count: 0...1000) {
            let name = try element.string()
            // A star is a character of names (RFC 3986 section 3.2.2), but means none of those that a reader of it
            // would expect.
            guard Authority(host: name) != nil, !name.contains("*") else {
                throw element.mismatch(
                    expected: "a host name or an address without a port, as phantom.example.org or 10.1.2.3")
            }
            names.append(name)
        }
        return names
    }

    func read(proxies: JSONCursor) throws(JSONMismatch) -> [NetworkRange] {
        var ranges: [NetworkRange] = []
        for element in try proxies.elements(count: 0...1000) {
            guard let range = NetworkRange(try element.string()) else {
                throw element.mismatch(expected: "an IP address or a range of them in CIDR notation, as 10.0.0.0/8")
            }
            ranges.append(range)
        }
        return ranges
    }

    func read(cors: JSONCursor) throws(JSONMismatch) -> [String] {
        var origins: [String] = []
        for element in try cors.elements(count: 0...1000) {
            let origin = try element.string()
            // Exact ones only: any page of any site may be in the browser of somebody who uses the service.
            guard Origin.isValid(origin), !origin.contains("*") else {
                throw element.mismatch(expected: "an origin without a wildcard, as https://example.org")
            }
            origins.append(origin)
        }
        return origins
    }
}
