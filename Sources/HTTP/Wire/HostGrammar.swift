/// `uri-host [ ":" port ]` (RFC 9110 section 7.2, RFC 3986 section 3.2), as strict as the strictest of the servers in
/// front of which this one may stand: no comma, no percent-encoding, no empty label, IPv4 only as a dotted quad.
enum HostGrammar {
    /// What is wrong with the value of a Host field or the authority of a target; nil if nothing.
    static func fault(in authority: ArraySlice<UInt8>) -> String? {
        if authority.isEmpty { return "the host is empty" }
        let isValid = authority.first == UInt8(ascii: "[") ? isBracketed(authority) : isNamed(authority)
        return isValid ? nil : "\(Grammar.quoted(authority)) is not a host with an optional port"
    }

    /// The bytes after the host: nothing, or a colon and a port up to 65535, possibly empty.
    private static func isPortSuffix(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first else { return true }
        let digits = bytes.dropFirst()
        guard first == UInt8(ascii: ":") else { return false }
        if digits.isEmpty { return true }
        return digits.count <= 5 && Grammar.decimal(digits).map { $0 <= 65_535 } ?? false
    }

    private static func isNamed(_ bytes: ArraySlice<UInt8>) -> Bool {
        let name = bytes.prefix { $0 != UInt8(ascii: ":") }
        guard isPortSuffix(bytes[name.endIndex...]), name.allSatisfy(isNameCharacter) else { return false }
        var labels = name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        if labels.count > 1, labels[labels.count - 1].isEmpty { labels.removeLast() }  // the root's dot
        guard let last = labels.last, labels.allSatisfy({ !$0.isEmpty }) else { return false }
        return looksNumeric(last) ? isDottedQuad(name) : true
    }

    /// unreserved and sub-delims (RFC 3986 section 3.2.2) without the comma, which would make a list of the field.
    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "-._~!$&'()*+;=".utf8.contains(byte)
        }
    }

    /// A last label of digits, or of 0x and hexadecimal digits, would be an IPv4 address to some resolvers.
    private static func looksNumeric(_ label: ArraySlice<UInt8>) -> Bool {
        if label.allSatisfy(Grammar.isDigit) { return true }
        let isHexadecimal =
            label.count > 1 && label.first == UInt8(ascii: "0")
            && label[label.startIndex + 1] | 0x20 == UInt8(ascii: "x")
        return isHexadecimal && label.dropFirst(2).allSatisfy { Grammar.hexadecimalValue($0) != nil }
    }

    /// IPv4address (RFC 3986 section 3.2.2): four decimal octets without leading zeros.
    private static func isDottedQuad(_ bytes: ArraySlice<UInt8>) -> Bool {
        let octets = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return octets.count == 4
            && octets.allSatisfy { octet in
                octet.count <= 3 && (octet.count == 1 || octet.first != UInt8(ascii: "0"))
                    && Grammar.decimal(octet).map { $0 <= 255 } ?? false
            }
    }

    private static func isBracketed(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
        let literal = bytes[(bytes.startIndex + 1)..<close]
        guard isPortSuffix(bytes[(close + 1)...]) else { return false }
        return literal.first.map { $0 | 0x20 } == UInt8(ascii: "v") ? isFutureAddress(literal) : isIPv6(literal)
    }

    /// IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" ).
    private static func isFutureAddress(_ literal: ArraySlice<UInt8>) -> Bool {
        let parts = literal.dropFirst().split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return false }
        return parts[0].allSatisfy { Grammar.hexadecimalValue($0) != nil }
            && parts[1].allSatisfy { isNameCharacter($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ",") }
    }

    /// IPv6address: eight groups of 16 bits, at most one run of them as "::", the last two possibly as a dotted quad.
    private static func isIPv6(_ literal: ArraySlice<UInt8>) -> Bool {
        let text = Array(literal)
        var groups = 0
        var hasGap = false
        var position = 0
        if text.starts(with: "::".utf8) {
            hasGap = true
            position = 2
        } else if text.first == UInt8(ascii: ":") {
            return false
        }
        while position < text.count {
            let group = text[position...].prefix { $0 != UInt8(ascii: ":") }
            if group.contains(UInt8(ascii: ".")) {
                guard group.endIndex == text.count, isDottedQuad(group) else { return false }
                groups += 2
                break
            }
            guard (1...4).contains(group.count), group.allSatisfy({ Grammar.hexadecimalValue($0) != nil }) else {
                return false
            }
            groups += 1
            position = group.endIndex
            if position == text.count { break }
            position += 1
            if position == text.count { return false }
            if text[position] == UInt8(ascii: ":") {
                if hasGap { return false }
                hasGap = true
                position += 1
            }
        }
        return hasGap ? groups <= 7 : groups == 8
    }
}
