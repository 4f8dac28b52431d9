/// The way from the root to a value. It is written out when somebody complains and not before: with the pointer of
/// every element at hand, a long key before a long array would cost their product.
indirect enum JSONPlace: Sendable {
    /// A pointer that is given.
    case root(String)
    case member(JSONPlace, String)
    case element(JSONPlace, Int)

    /// JSON pointer (RFC 6901).
    var pointer: String {
        switch self {
        case .root(let pointer): pointer
        case .member(let parent, let key): parent.pointer + "/" + Self.token(key)
        case .element(let parent, let index): parent.pointer + "/\(index)"
        }
    }

    /// Section 3: `~` and `/` in a key are written `~0` and `~1`.
    private static func token(_ key: String) -> String {
        var token = ""
        for scalar in key.unicodeScalars {
            switch scalar {
            case "~": token += "~0"
            case "/": token += "~1"
            default: token.unicodeScalars.append(scalar)
            }
        }
        return token
    }
}
