"""Makes pictures.json: the comparisons of pictures by their reference implementations.

    pip install torch scikit-image==0.26.0 pytorch-msssim==1.0.0 scipy
    python make_pictures.py

The pictures are not stored: `picture` below makes them of whole numbers, and HashedPicture.swift in the same way.
"""
import json
import pathlib

import numpy as np
import scipy.ndimage
import torch
from pytorch_msssim import ms_ssim
from pytorch_msssim.ssim import _fspecial_gauss_1d, _ssim
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from make_hash import uniform

WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]


def picture(seed, height, width, channels, noise):
    """Bands that all pictures share, and noise of `noise` grey levels about them."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    bands = 40 + (x * 3 + y * 5 + c * 20) % 160
    drawn = uniform(seed, (y * width + x) * channels + c)
    return np.clip(bands + np.floor(drawn * (2 * noise + 1)).astype(int) - noise, 0, 255).astype(np.uint8)


def similarity(a, b):
    """Wang et al.'s settings, as scikit-image's documentation gives them."""
    return float(structural_similarity(
        a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255, channel_axis=2))


def multiscale(a, b, scales):
    """pytorch-msssim's own steps: its entry refuses sides up to 160 whatever the number of scales."""
    x, y = (torch.from_numpy(p.astype(np.float64)).permute(2, 0, 1)[None] for p in (a, b))
    weights = torch.tensor(WEIGHTS[:scales], dtype=torch.float64)
    weights /= weights.sum()
    if min(a.shape[:2]) > 160:
        return float(ms_ssim(x, y, data_range=255, weights=weights.tolist()))
    window = _fspecial_gauss_1d(11, 1.5).double().repeat([x.shape[1], 1, 1, 1])
    terms = []
    for scale in range(scales):
        ssim, contrast = _ssim(x, y, 255, window)
        terms.append(torch.relu(ssim if scale == scales - 1 else contrast))
        padding = [side % 2 for side in x.shape[2:]]
        x, y = (torch.nn.functional.avg_pool2d(t, 2, padding=padding) for t in (x, y))
    return float(torch.prod(torch.stack(terms) ** weights[:, None, None], dim=0).mean())


def main():
    golden = {}
    for name, shape, scales in (("grey64", (64, 64, 1), 3), ("colour96x83", (96, 83, 3), 4), ("grey176", (176, 180, 1), 5)):
        a, b = picture(1, *shape, 20), picture(2, *shape, 35)
        golden[name] = {
            "psnr": float(peak_signal_noise_ratio(a, b, data_range=255)),
            "ssim": similarity(a, b),
            "ms_ssim": multiscale(a, b, scales),
        }
    small = picture(3, 12, 9, 1, 60)[:, :, 0].astype(np.float64)
    for sigma in (0.7, 1, 2, 5):
        golden[f"blurred_{sigma}"] = np.rint(scipy.ndimage.gaussian_filter(small, sigma)).astype(int).ravel().tolist()
    path = pathlib.Path(__file__).with_name("pictures.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
