"""Weights that are a formula of their name and index, so that no fixture has to hold them; FormulaWeights.swift has it too."""
import numpy as np


def uniform(name, count):
    """Numbers from -1 up to 1: splitmix64 (Steele et al. 2014) from the FNV-1a hash of the name."""
    start = 14695981039346656037
    for byte in name.encode():
        start = (start ^ byte) * 1099511628211 % 2**64
    with np.errstate(over="ignore"):
        x = np.uint64(start) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ x >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ x >> np.uint64(27)) * np.uint64(0x94D049BB133111EB)
        x = x ^ x >> np.uint64(31)
    return ((x >> np.uint64(40)).astype(np.float32) / np.float32(2**23) - np.float32(1))


def tensor(name, shape):
    u = uniform(name, int(np.prod(shape))).reshape(shape)
    last = name.split(".")[-1]
    if last == "running_var":
        return np.float32(1) + np.float32(0.5) * u
    if last in ("running_mean", "bias"):
        return np.float32(0.125) * u
    if last == "lambda1":
        return np.float32(0.5) + np.float32(0.25) * u
    if last.endswith(("_token", "_embeddings")):
        return np.float32(0.5) * u
    if len(shape) == 1:
        return np.float32(1) + np.float32(0.25) * u
    # Variance 2 / (inputs of an output), which a network with ReLU keeps up (He et al. 2015).
    return np.float32((6 / np.prod(shape[1:])) ** 0.5) * u
