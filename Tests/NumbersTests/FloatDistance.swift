/// How far floats are apart.
enum FloatDistance {
    /// Units in the last place between two floats; neighbours have distance 1, across zero too.
    static func units(_ a: Float, _ b: Float) -> Int {
        func place(_ x: Float) -> Int {
            let pattern = Int(x.magnitude.bitPattern)
            return x.sign == .minus ? -pattern : pattern
        }
        return abs(place(a) - place(b))
    }
}
