import Numbers

/// How much of a picture's variation lies at which fineness: the power of its two-dimensional Fourier transform, in
/// rings of whole cycles a side, as decadic logarithms.
struct RadialPowerSpectrum {
    /// Rings 1 ... half of the smaller side: log10 of the mean of |F|^2 over their pixels, F divided by the pixels.
    let rings: [Double]

    /// What is added to the power of each ring, so that an image of one level has a logarithm: about the power of
    /// rounding to 8 bits.
    static let floor = 1e-6

    /// - Parameter plane: 2x2 pixels at least.
    init(_ plane: Plane) {
        let (width, height) = (plane.width, plane.height)
        let mean = plane.values.reduce(0, +) / Double(plane.values.count)
        var real = plane.values.map { $0 - mean }, imaginary = [Double](repeating: 0, count: real.count)
        let rows = FourierTransform(width), columns = FourierTransform(height)
        for y in 0..<height { rows.run(&real, &imaginary, from: y * width, step: 1) }
        for x in 0..<width { columns.run(&real, &imaginary, from: x, step: width) }
        let most = min(width, height) / 2
        var sums = [Double](repeating: 0, count: most + 1), counts = sums
        for y in 0..<height {
            let v = Double(min(y, height - y))
            for x in 0..<width {
                let u = Double(min(x, width - x))
                let ring = Int((u * u + v * v).squareRoot().rounded())
                guard ring <= most else { continue }
                let place = y * width + x
                sums[ring] += real[place] * real[place] + imaginary[place] * imaginary[place]
                counts[ring] += 1
            }
        }
        let pixels = Double(real.count * real.count), tenth = ElementaryFunctions.log(10)
        rings = (1...max(1, most)).map { ring in
            guard ring <= most else { return 0 }
            return ElementaryFunctions.log(sums[ring] / counts[ring] / pixels + Self.floor) / tenth
        }
    }
}

/// A discrete Fourier transform of one length: divided by its prime factors, 2 first (Cooley and Tukey 1965), and
/// summed as it is written down where one is left.
struct FourierTransform {
    private let count: Int
    /// exp(-2 pi i k / count).
    private let cosines: [Double], sines: [Double]

    init(_ count: Int) {
        self.count = count
        let angles = (0..<count).map { ElementaryFunctions.sinCos(-2 * Double.pi * Double($0) / Double(count)) }
        (cosines, sines) = (angles.map(\.cosine), angles.map(\.sine))
    }

    /// Transforms `count` numbers in their places.
    func run(_ real: inout [Double], _ imaginary: inout [Double], from start: Int, step: Int) {
        let places = (0..<count).map { start + $0 * step }
        let result = transformed(places.map { real[$0] }, places.map { imaginary[$0] })
        for (number, place) in places.enumerated() {
            (real[place], imaginary[place]) = (result.real[number], result.imaginary[number])
        }
    }

    private func transformed(_ a: [Double], _ b: [Double]) -> (real: [Double], imaginary: [Double]) {
        let length = a.count, turn = count / length
        guard length > 1 else { return (a, b) }
        guard length % 2 == 0 else { return divided(a, b) }
        var real = [Double](repeating: 0, count: length), imaginary = real
        let half = length / 2
        let even = transformed((0..<half).map { a[2 * $0] }, (0..<half).map { b[2 * $0] })
        let odd = transformed((0..<half).map { a[2 * $0 + 1] }, (0..<half).map { b[2 * $0 + 1] })
        for k in 0..<half {
            let (c, s) = (cosines[k * turn], sines[k * turn])
            let (u, v) = (odd.real[k] * c - odd.imaginary[k] * s, odd.real[k] * s + odd.imaginary[k] * c)
            (real[k], imaginary[k]) = (even.real[k] + u, even.imaginary[k] + v)
            (real[k + half], imaginary[k + half]) = (even.real[k] - u, even.imaginary[k] - v)
        }
        return (real, imaginary)
    }

    /// The same of an odd length, by transforms of every p-th number; p is the length itself where that is prime.
    private func divided(_ a: [Double], _ b: [Double]) -> (real: [Double], imaginary: [Double]) {
        let length = a.count, turn = count / length
        let odd = stride(from: 3, to: length, by: 2).prefix { $0 * $0 <= length }
        let step = odd.first { length % $0 == 0 } ?? length, rest = length / step
        var (partsReal, partsImaginary) = (a, b)
        for first in 0..<step where rest > 1 {
            let places = stride(from: first, to: length, by: step), range = first * rest..<(first + 1) * rest
            let part = divided(places.map { a[$0] }, places.map { b[$0] })
            partsReal.replaceSubrange(range, with: part.real)
            partsImaginary.replaceSubrange(range, with: part.imaginary)
        }
        var real = [Double](repeating: 0, count: length), imaginary = real
        for k in 0..<length {
            let place = k % rest
            for n in 0..<step {
                let (c, s) = (cosines[k * n % length * turn], sines[k * n % length * turn])
                let (u, v) = (partsReal[n * rest + place], partsImaginary[n * rest + place])
                real[k] += u * c - v * s
                imaginary[k] += u * s + v * c
            }
        }
        return (real, imaginary)
    }
}
