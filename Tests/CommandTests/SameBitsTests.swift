import Foundation
import TestSupport
import Testing

/// One recipe through whole runs of the shipped model: the same PNG whatever the batch, the threads and the CPU tier.
@Suite("Same recipe, same bits")
struct SameBitsTests {
    /// Digests of the images of `count` seeds from 5 on. 16 bit, so that the last bits of the latent show.
    private func digests(count: Int, threads: Int, tier: String? = nil) throws -> [String] {
        let folder = try TemporaryFolder()
        let run = try PhantomCommand(
            ["generate", "--model", PhantomCommand.root + "/Models/cxr64", "--output", folder.path, "--seed", "5", "--steps", "2"]
                + ["--sampler", "ddpm", "--bit-depth", "16", "--count", "\(count)", "--threads", "\(threads)"],
            environment: tier.map { ["CKERNELS_TIER": $0] } ?? [:])
        try #require(run.status == 0, "\(run.errors)")
        let manifest = try String(contentsOf: folder.url.appending(path: "manifest.csv"), encoding: .utf8)
        return manifest.split(whereSeparator: \.isNewline).dropFirst().compactMap { $0.split(separator: ",").last.map(String.init) }
    }

    /// The tiers this machine really runs: `bench` says which one it was.
    private func tiers() throws -> [String] {
        try ["generic", "avx2", "avx512"].filter { tier in
            let run = try PhantomCommand(
                ["bench", "--model", PhantomCommand.root + "/Models/cxr64", "--size", "8", "--repeat", "1", "--json"],
                environment: ["CKERNELS_TIER": tier])
            return run.output.contains("\"tier\": \"\(tier)\"")
        }
    }

    @Test func batchAndThreadsDoNotShow() throws {
        let alone = try digests(count: 1, threads: 1)
        #expect(alone.count == 1)
        for (count, threads) in [(2, 1), (2, 2), (3, 1), (3, 2), (7, 1), (7, 2)] {
            let together = try digests(count: count, threads: threads)
            #expect(together.count == count && Set(together).count == count)
            #expect(together.first == alone.first, "in a batch of \(count) with \(threads) threads")
        }
    }

    @Test func theTierDoesNotShow() throws {
        let best = try digests(count: 1, threads: 1), tiers = try tiers()
        #expect(tiers.contains("generic"))
        for tier in tiers { #expect(try digests(count: 1, threads: 2, tier: tier) == best, "\(tier)") }
    }
}
