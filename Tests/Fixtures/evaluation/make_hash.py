"""Random numbers that Python and Swift make alike, so that fixtures need not be stored: HashedFeatures.swift."""
import numpy as np


def uniform(seed, index):
    """SplitMix64 of (seed, index): 24 bits in [0, 1)."""
    with np.errstate(over="ignore"):
        z = (np.uint64(seed) << np.uint64(40)) + index.astype(np.uint64) + np.uint64(1)
        z = z * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 16777216
