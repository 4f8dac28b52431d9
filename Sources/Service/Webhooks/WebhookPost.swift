import CCurl
import HTTP

/// One POST to an address, by libcurl. The one file of this folder with unsafe calls.
enum WebhookPost {
    enum Outcome: Equatable, Sendable {
        case status(Int)
        /// No address that it may be sent to.
        case refused
        case failed(String)
    }

    private final class Permission {
        let permits: (PeerAddress.Host) -> Bool

        init(_ permits: @escaping (PeerAddress.Host) -> Bool) { self.permits = permits }
    }

    /// Blocks until the answer is there, or the time is up.
    /// - Parameter permits: is asked of each address that is about to be connected to.
    static func send(
        _ body: [UInt8], to url: String, headers: [String], seconds: Double,
        permits: @escaping (PeerAddress.Host) -> Bool
    ) -> Outcome {
        let permission = Permission(permits)
        var result = phantom_post_result()
        let lines = headers.map { "\($0)\n" }.joined()
        withExtendedLifetime(permission) {
            unsafe body.withUnsafeBytes { body in
                unsafe phantom_post(
                    url, lines, body.bindMemory(to: CChar.self).baseAddress, body.count, Int(seconds * 1_000),
                    Self.permit,
                    Unmanaged.passUnretained(permission).toOpaque(), &result)
            }
        }
        if result.status > 0 { return .status(result.status) }
        if result.was_refused != 0 { return .refused }
        let reason = unsafe withUnsafeBytes(of: result.reason) { unsafe Array($0.prefix { $0 != 0 }) }
        return .failed(String(decoding: reason, as: UTF8.self))
    }

    private static let permit: phantom_post_permit = { bytes, count, context in
        guard let bytes = unsafe bytes, let context = unsafe context else { return 0 }
        let permission = unsafe Unmanaged<Permission>.fromOpaque(context).takeUnretainedValue()
        let address = PeerAddress.Host(bytes: (0..<count).map { unsafe bytes[$0] })
        return address.map(permission.permits) == true ? 1 : 0
    }
}
