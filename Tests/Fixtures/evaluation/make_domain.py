"""What is measured of images beside features, by the field's own programs: Macenko's stain vectors (torchstain 1.4), the
power spectrum (numpy), Wasserstein's distance (SciPy), Otsu's threshold (scikit-image). Writes domain.json."""

import json
import pathlib

import numpy
from scipy.stats import wasserstein_distance
from skimage.filters import threshold_otsu
from torchstain.numpy.normalizers.macenko import NumpyMacenkoNormalizer

draws = numpy.random.RandomState(7)


def stained(side, haematoxylin, eosin):
    """Pixels of two stains in random amounts, rounded to 8 bits; some are glass."""
    vectors = numpy.array([haematoxylin, eosin], dtype=float)
    vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
    amounts = draws.gamma(2, 0.5, (side * side, 2)) * (draws.rand(side * side, 1) > 0.2)
    return numpy.clip(numpy.rint(240 * numpy.exp(-amounts @ vectors) - 1), 0, 255).astype(int)


stains = []
for vectors in [((0.65, 0.70, 0.29), (0.07, 0.99, 0.11)), ((0.55, 0.76, 0.35), (0.2, 0.9, 0.4))]:
    pixels = stained(20, *vectors)
    normalizer = NumpyMacenkoNormalizer()
    normalizer.fit(pixels.reshape(20, 20, 3).astype(numpy.uint8))
    matrix = normalizer.HERef
    stains.append({
        "pixels": pixels.flatten().tolist(), "haematoxylin": numpy.abs(matrix[:, 0]).tolist(),
        "eosin": numpy.abs(matrix[:, 1]).tolist()})

spectra = []
for height, width in [(16, 16), (12, 10), (7, 9)]:
    image = draws.randint(0, 256, (height, width))
    power = numpy.abs(numpy.fft.fft2(image - image.mean()) / image.size) ** 2
    v = numpy.minimum(numpy.arange(height), height - numpy.arange(height))[:, None]
    u = numpy.minimum(numpy.arange(width), width - numpy.arange(width))[None]
    rings = numpy.floor(numpy.sqrt(u * u + v * v) + 0.5).astype(int)
    spectra.append({
        "height": height, "width": width, "pixels": image.flatten().tolist(),
        "rings": [float(numpy.log10(power[rings == r].mean() + 1e-6)) for r in range(1, min(height, width) // 2 + 1)]})

first, second = draws.randn(30).round(2), (draws.randn(20) + 0.5).round(2)
weights = draws.randint(1, 4, 30), draws.randint(1, 4, 20)
counts = draws.randint(1, 9, (2, 256))
levels = numpy.arange(256)
# frd-original-79: twelve images' radiomic features against the eight others', z-scored by the twelve.
rows = [list(entry["features"].values())
        for entry in json.load(open(pathlib.Path(__file__).parent / "radiomics.json"))]
rows = numpy.array(rows, dtype=numpy.float32).astype(float)
real, made = rows[:12], rows[12:]
kept = real.std(0) > 1e-7 * numpy.maximum(numpy.abs(real.mean(0)), 1e-12)
real, made = [(part[:, kept] - rows[:12, kept].mean(0)) / rows[:12, kept].std(0) for part in (real, made)]
root = numpy.linalg.svd(
    (real - real.mean(0)) @ (made - made.mean(0)).T / numpy.sqrt((len(real) - 1) * (len(made) - 1)), compute_uv=False)
squared = ((real.mean(0) - made.mean(0)) ** 2).sum() + real.var(0, ddof=1).sum() + made.var(0, ddof=1).sum()
frd = float(numpy.log(squared - 2 * root.sum()))
# Their unbiased kernel distance, by the same scaled features.
within = [((part @ part.T / part.shape[1] + 1) ** 3 * (1 - numpy.eye(len(part)))).sum() / (len(part) * (len(part) - 1))
          for part in (real, made)]
radiomic_kernel = float(sum(within) - 2 * ((real @ made.T / real.shape[1] + 1) ** 3).mean())

picture = numpy.concatenate([draws.randint(20, 90, 300), draws.randint(120, 200, 200)])
json.dump({
    "stains": stains, "spectra": spectra, "first": first.tolist(), "second": second.tolist(),
    "first_weights": weights[0].tolist(), "second_weights": weights[1].tolist(),
    "distance": float(wasserstein_distance(first, second)),
    "weighted": float(wasserstein_distance(first, second, *weights)), "histograms": counts.tolist(),
    "histogram_distance": float(wasserstein_distance(levels, levels, counts[0], counts[1])),
    "frd": frd, "radiomic_kernel": radiomic_kernel, "otsu_pixels": picture.tolist(), "otsu": int(threshold_otsu(picture, nbins=256) // 1),
    "angles": [[y, x, float(numpy.arctan2(y, x))] for y, x in
               [(0.3, 2.0), (-4.0, 1.0), (1.0, 0.0), (1e-9, 1.0), (0.7, -0.7), (-0.2, -3.0), (0.0, -1.0)]],
}, open(pathlib.Path(__file__).parent / "domain.json", "w"))
