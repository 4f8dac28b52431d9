import JSON

extension EDMConfiguration {
    init(_ root: JSONCursor) throws {
        sigmaMinimum = try root.given("sigma_min")?.double(in: 1e-6...1e3) ?? 0.002
        if let member = try root.given("sigma_max") {
            sigmaMaximum = try member.double(in: 1e-6...1e6)
        }
        guard sigmaMaximum > sigmaMinimum else {
            throw JSONMismatch(
                pointer: root.pointer(to: "sigma_max"), expected: "a number above sigma_min (\(sigmaMinimum))",
                got: "\(sigmaMaximum)")
        }
        sigmaData = try root.given("sigma_data")?.double(in: 1e-3...1e3) ?? 0.5
        rho = try root.given("rho")?.double(in: 0.1...100) ?? 7
        spacing =
            try root.given("sigma_schedule")?.string(oneOf: ["karras", "exponential"]) == "exponential"
            ? .exponential : .karras
    }
}
