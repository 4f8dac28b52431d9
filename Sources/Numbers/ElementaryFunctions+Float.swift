/// The functions that samplers need in single precision: the value of the double-precision function, rounded once.
///
/// They are disfavoured so that a literal argument without a type means what it did: double precision.
extension ElementaryFunctions {
    /// e^x, infinite where that is over the largest float.
    @_disfavoredOverload @inlinable
    public static func exp(_ x: Float) -> Float { Float(exp(Double(x))) }

    /// The natural logarithm: minus infinity at 0, NaN below.
    @_disfavoredOverload @inlinable
    public static func log(_ x: Float) -> Float { Float(log(Double(x))) }
}
