import Service
import Testing

/// Which addresses may be listened on without a token.
@Suite struct ExposureTests {
    @Test(arguments: ["127.0.0.1", "127.8.9.1", "localhost", "::1"])
    func loopbackNeedsNoToken(_ host: String) throws {
        var configuration = Configuration()
        configuration.host = host
        try configuration.validateExposure()
    }

    @Test(arguments: ["0.0.0.0", "::", "192.168.1.1", "127.0.0.1.example.org", "127.1", "example.org", "::ffff:127.0.0.1"])
    func otherAddressesNeedATokenOrAnExplicitNone(_ host: String) throws {
        var configuration = Configuration()
        configuration.host = host
        #expect(throws: ConfigurationError.self) { try configuration.validateExposure() }
        configuration.auth = .none
        try configuration.validateExposure()
        configuration.auth = .tokens([AccessToken(digest: [UInt8](repeating: 0, count: 32))])
        try configuration.validateExposure()
    }
}
