import Testing

@testable import Tensors

/// How activations share one block of memory.
struct ArenaTests {
    private func start(_ view: FloatView, in block: FloatBuffer) -> Int { unsafe view.base - block.view.base }

    @Test func whatIsReleasedIsHandedOutAgain() {
        let block = FloatBuffer(count: 160), arena = Arena(in: block)
        let a = arena.allocate(16), b = arena.allocate(40), c = arena.allocate(16)
        #expect([a, b, c].map { start($0, in: block) } == [0, 16, 64])  // 40 floats take 48
        #expect(b.count == 40 && arena.held == 80 && arena.peak == 80)
        arena.release(b)
        #expect(arena.held == 32)
        // The first place that is large enough: the gap, then the end.
        let d = arena.allocate(16), e = arena.allocate(48)
        #expect(start(d, in: block) == 16 && start(e, in: block) == 80)
        #expect(arena.held == 96 && arena.peak == 128)
    }

    @Test func neighboursBecomeOne() {
        let block = FloatBuffer(count: 96), arena = Arena(in: block)
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let views = (0..<3).map { _ in arena.allocate(32) }
            #expect(views.map { start($0, in: block) } == [0, 32, 64])
            for index in order { arena.release(views[index]) }
            #expect(arena.held == 0)
            let whole = arena.allocate(96)
            #expect(start(whole, in: block) == 0)
            arena.release(whole)
        }
        #expect(arena.peak == 96)
    }

    @Test func nothingTakesNoRoom() {
        let arena = Arena(in: FloatBuffer(count: 64)), a = arena.allocate(16), nothing = arena.allocate(0)
        arena.release(a)
        let b = arena.allocate(64)
        arena.release(nothing)
        #expect(nothing.count == 0 && b.count == 64 && arena.held == 64)
    }

    /// The same requests take the same place in a block and where one is only booked.
    @Test func bookingHandsOutTheSamePlaces() {
        let block = FloatBuffer(count: 16_384), computing = Arena(in: block), booking = Arena()
        var held: [(real: FloatView, booked: FloatView)] = []
        let origin = booking.allocate(16)
        _ = computing.allocate(16)
        var state: UInt32 = 7
        for _ in 0..<500 {
            state = state &* 1_664_525 &+ 1_013_904_223
            if held.count > 8 || state >> 31 == 1 && !held.isEmpty {
                let (real, booked) = held.remove(at: Int(state >> 8) % held.count)
                computing.release(real)
                booking.release(booked)
            } else {
                let count = 1 + Int(state >> 8) % 300
                held.append((computing.allocate(count), booking.allocate(count)))
            }
            for (real, booked) in held { #expect(start(real, in: block) == (unsafe booked.base - origin.base)) }
            #expect(computing.peak == booking.peak && computing.held == booking.held)
        }
    }

    @Test func aSecondReleaseEndsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            let arena = Arena(), a = arena.allocate(32)
            _ = arena.allocate(32)
            arena.release(a)
            arena.release(a)
        }
    }

    @Test func theReleaseOfWhatIsPartlyFreeEndsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            let arena = Arena(), a = arena.allocate(64)
            arena.release(a.slice(16, 16))
            arena.release(a)
        }
    }

    @Test func theReleaseOfWhatWasNotHandedOutEndsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            let arena = Arena(in: FloatBuffer(count: 64)), other = FloatBuffer(count: 64)
            _ = arena.allocate(64)
            arena.release(other.view)
        }
    }
}
