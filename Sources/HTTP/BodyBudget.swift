/// The memory that the bodies of all requests together may take, from their first byte to their answer. Belongs to the
/// I/O thread, like the connections that share it.
public final class BodyBudget {
    private var available: Int

    public init(bytes: Int) { available = bytes }

    /// False if there is not that much left; then nothing is taken.
    func take(_ bytes: Int) -> Bool {
        guard bytes <= available else { return false }
        available -= bytes
        return true
    }

    func giveBack(_ bytes: Int) { available += bytes }
}
