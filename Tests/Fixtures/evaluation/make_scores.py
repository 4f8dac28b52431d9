"""Makes scores.json: the numbers of Sources/Evaluation by their reference implementations.

    pip install torch torch-fidelity==0.4.0 prdc==0.2 vendi-score==0.0.3 scipy scikit-learn
    python make_scores.py

The features are not stored: `features` below makes them of whole numbers, and HashedFeatures.swift in the same way.
"""
import importlib.util
import json
import pathlib
import sys
import types
import unittest.mock

import numpy as np
import scipy.linalg
import scipy.stats
import torch
from prdc import compute_prdc

# The arithmetic of torch-fidelity alone: its extractors need torchvision, and are not called.
package = types.ModuleType("torch_fidelity")
package.__path__ = importlib.util.find_spec("torch_fidelity").submodule_search_locations
sys.modules["torch_fidelity"] = package
sys.modules["torch_fidelity.utils"] = unittest.mock.MagicMock()

from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_isc import isc_features_to_metric
from torch_fidelity.metric_kid import kernel_mmd, kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric
from vendi_score import vendi

from make_hash import uniform


def features(seed, count, dimension, shift):
    """`count` rows: what a row has in common every eight columns, and noise; columns of several scales."""
    row, column = np.arange(count)[:, None], np.arange(dimension)[None, :]
    common = uniform(seed + 100, row * 8 + column % 8)
    own = uniform(seed, row * dimension + column)
    scale = 0.25 + (column % 7) * 0.125
    return ((own + 0.5 * common) * scale + shift * (column % 3)).astype(np.float32).astype(np.float64)


def frechet(x, y):
    """The symmetric form by SciPy."""
    mean = x.mean(0) - y.mean(0)
    values, vectors = scipy.linalg.eigh(np.cov(x, rowvar=False))
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    inner = scipy.linalg.eigvalsh(root @ np.cov(y, rowvar=False) @ root)
    inner = inner[inner > inner.max() * len(inner) * np.finfo(float).eps]
    return float(mean @ mean + np.cov(x, rowvar=False).trace() + np.cov(y, rowvar=False).trace()
                 - 2 * np.sqrt(inner).sum())


def frechet_ratio(real, synthetic, train):
    """In the first 64 principal directions of the real set."""
    _, vectors = scipy.linalg.eigh(np.cov(real, rowvar=False))
    directions = vectors[:, -64:]
    return frechet(synthetic @ directions, real @ directions) / frechet(train @ directions, real @ directions)


def fd_infinity(real, synthetic):
    """The first rows of both in 15 shares from a half to all; a line in 1 / share."""
    shares = np.linspace(0.5, 1, 15)
    values = [frechet(real[:int(len(real) * s + 1e-9)], synthetic[:int(len(synthetic) * s + 1e-9)]) for s in shares]
    return float(scipy.stats.linregress(1 / shares, values).intercept)


def kernel_distance(x, y):
    def kernel(a, b):
        return (a @ b.T / a.shape[1] + 1) ** 3
    n, m = len(x), len(y)
    k, l = kernel(x, x), kernel(y, y)
    return float((k.sum() - k.trace()) / n / (n - 1) + (l.sum() - l.trace()) / m / (m - 1)
                 - 2 * kernel(x, y).sum() / n / m)


def authenticity(train, synthetic):
    """Share in percent of samples that are farther from their nearest training image than that is from its own."""
    apart = scipy.spatial.distance.cdist(train, synthetic)
    own = scipy.spatial.distance.cdist(train, train)
    np.fill_diagonal(own, np.inf)
    nearest = apart.argmin(0)
    return float(100 * np.mean(own.min(1)[nearest] < apart.min(0)))


def copying_test(real, synthetic, train):
    """The standardised U of samples' distances to the training set against held-out images', in one cell."""
    held, made = (scipy.spatial.distance.cdist(s, train).min(1) for s in (real, synthetic))
    n, m = len(made), len(held)
    u = scipy.stats.mannwhitneyu(made, held).statistic
    return float((u - n * m / 2) / np.sqrt(n * m * (n + m + 1) / 12))


def numbers(real, synthetic, train):
    r, s = torch.from_numpy(real), torch.from_numpy(synthetic)
    size = min(1000, len(real), len(synthetic))
    kid = kid_features_to_metric(r, s, kid_subsets=100, kid_subset_size=size, rng_seed=2020, verbose=False)
    prc = prc_features_to_metric(s, r, prc_neighborhood=3, verbose=False)
    statistics = [fid_features_to_statistics(table) for table in (r, s)]
    counted = compute_prdc(real, synthetic, nearest_k=5)
    return {
        "kernel_distance": kernel_distance(real, synthetic),
        "kid": kid["kernel_inception_distance_mean"],
        "kid_std": kid["kernel_inception_distance_std"],
        "frechet_distance": frechet(real, synthetic),
        "fid_of_torch_fidelity": fid_statistics_to_metric(*statistics, False)["frechet_inception_distance"],
        "frechet_ratio": frechet_ratio(real, synthetic, train),
        "fd_infinity": fd_infinity(real, synthetic),
        "precision": prc["precision"],
        "recall": prc["recall"],
        "prdc_precision": float(compute_prdc(real, synthetic, nearest_k=3)["precision"]),
        "density": float(counted["density"]),
        "coverage": float(counted["coverage"]),
        "vendi": float(vendi.score_dual(synthetic)),
        "authpct": authenticity(train, synthetic),
        "c_t": copying_test(real, synthetic, train),
    }


def main():
    pairs = {
        "96": (features(1, 900, 96, 0), features(2, 700, 96, 0.02), features(3, 700, 96, 0.005)),
        "1280": (features(4, 400, 1280, 0), features(5, 400, 1280, 0.01), features(6, 400, 1280, 0.005)),
    }
    golden = {name: numbers(*tables) for name, tables in pairs.items()}
    logits = torch.from_numpy((8 * uniform(7, np.arange(7000))).astype(np.float32).reshape(700, 10))
    score = isc_features_to_metric(logits, splits=10, shuffle=True, rng_seed=2020)
    golden["is"] = {"mean": score["inception_score_mean"], "std": score["inception_score_std"]}
    golden["feature"] = [float(pairs["96"][1][r, c]) for r, c in ((0, 0), (3, 5), (699, 95))]
    path = pathlib.Path(__file__).with_name("scores.json")
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
