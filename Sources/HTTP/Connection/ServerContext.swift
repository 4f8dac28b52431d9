/// What all connections of a server share.
public struct ServerContext {
    let configuration: ServerConfiguration
    let handler: any Handler
    let budgets: SharedBudgets
    /// The value of the Date field now (RFC 9110 section 6.6.1).
    let date: () -> String

    /// - Parameter budgets: nil makes those of the configuration.
    public init(
        configuration: ServerConfiguration, handler: any Handler, budgets: SharedBudgets? = nil,
        date: @escaping () -> String
    ) {
        self.configuration = configuration
        self.handler = handler
        self.budgets = budgets ?? SharedBudgets(limits: configuration.limits)
        self.date = date
    }
}
