extension Compute {
    /// What a forward pass takes.
    public struct Cost: Sendable, Equatable {
        /// Bytes of activations and of all threads' scratch.
        public var bytes: Int
        /// Multiply-adds of its convolutions, linear layers and attention, convolutions counted as direct ones.
        public var multiplyAdds: Int
    }

    /// Books what `body` takes on `threads` threads, without running it: how the work is cut, and so what it takes,
    /// depends on them.
    public static func cost(threads: Int, _ body: (Pass) -> Void) -> Cost {
        let compute = Compute(bookingFor: threads), pass = Pass(measuringFor: compute)
        body(pass)
        return Cost(bytes: pass.need.bytes(threads: compute.threads), multiplyAdds: pass.need.multiplyAdds)
    }

    /// Books what a recorded pass takes that `body` rewinds, without running it.
    public static func recordedCost(threads: Int, dropout: Dropout? = nil, _ body: (Pass) -> Void) -> Cost {
        let compute = Compute(bookingFor: threads)
        let pass = Pass(measuringFor: compute, tape: Tape(parameters: nil, dropout: dropout))
        body(pass)
        return Cost(bytes: pass.need.bytes(threads: compute.threads), multiplyAdds: pass.need.multiplyAdds)
    }
}

extension Int {
    /// The product of counts, none of them negative; the largest Int where it is no Int: what a forward pass would take
    /// is asked before anybody knows that it is too much.
    func saturatingProduct(_ others: Int...) -> Int {
        others.reduce(self) { product, factor in
            let (next, overflow) = product.multipliedReportingOverflow(by: factor)
            return overflow ? .max : next
        }
    }
}
