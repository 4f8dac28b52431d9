"""Golden values of the radiomic features: radiomics.json.

Needs pyradiomics (https://github.com/AIM-Harvard/pyradiomics, here 8ed5793 of its main branch), SimpleITK, NumPy and
Pillow. Where it does not install, put its folder `radiomics` on PYTHONPATH, with `_version.py` (`version = "3"`) and the C
extensions src/_cmatrices.c + cmatrices.c and src/_cshape.c + cshape.c compiled beside it.

    python make_radiomics.py [FOLDER OF CC0 TILES] > radiomics.json

Fourteen images are made by formula; six are crops of tiles of CMU-1-Small-Region of the OpenSlide test data (CC0).
"""
import json
import logging
import pathlib
import sys

import numpy as np
import SimpleITK as sitk
from PIL import Image

from radiomics import firstorder, glcm, glrlm, glszm, ngtdm

logging.disable(logging.CRITICAL)
FAMILIES = {
    "firstorder": firstorder.RadiomicsFirstOrder, "glcm": glcm.RadiomicsGLCM, "glrlm": glrlm.RadiomicsGLRLM,
    "glszm": glszm.RadiomicsGLSZM, "ngtdm": ngtdm.RadiomicsNGTDM,
}


def features(pixels):
    # As 16 bits: in 8 the upper end of its bins overflows (imageoperations.getBinEdges with NumPy 2).
    pixels = pixels.astype(np.int16)
    image = sitk.GetImageFromArray(pixels[None])
    mask = sitk.GetImageFromArray(np.ones_like(pixels[None]))
    found = {}
    for name, family in FAMILIES.items():
        made = family(image, mask, binWidth=25, force2D=True, force2Ddimension=0)
        made.enableAllFeatures()
        for feature, value in made.execute().items():
            found[f"original_{name}_{feature}"] = float(np.squeeze(value))
    return found


def formulas():
    y, x = np.mgrid[0:24, 0:20]
    noise = np.random.default_rng(7)
    yield "constant", np.full((9, 9), 77)
    yield "black", np.zeros((6, 5))
    yield "smallest", np.array([[0, 255], [130, 12]])
    yield "checkerboard", ((x + y) % 2) * 255
    yield "two levels apart", np.where(x < 10, 10, 240)
    yield "one bin", 50 + (x * 7 + y * 3) % 25
    yield "one bright pixel", np.where((x == 3) & (y == 4), 200, 20)
    yield "ramp", (x * 255) // 19
    yield "rows", (y * 11) % 256
    yield "waves", 128 + 100 * np.sin(x / 2.0) * np.cos(y / 3.0)
    yield "dark waves", 40 + 30 * np.sin(x / 3.0 + y / 5.0)
    yield "noise", noise.integers(0, 256, (24, 20))
    yield "soft noise", 120 + 20 * noise.standard_normal((13, 31))
    yield "narrow", noise.integers(0, 256, (2, 17))


def crops(folder):
    paths = sorted(pathlib.Path(folder).glob("cmu1_*.png"))
    for path, (left, top) in zip(paths[:: max(1, len(paths) // 6)], [(0, 0), (20, 31), (60, 5), (41, 62), (8, 44), (70, 70)]):
        yield path.name, np.asarray(Image.open(path).convert("L"))[top : top + 26, left : left + 22]


images = list(formulas()) + (list(crops(sys.argv[1])) if len(sys.argv) > 1 else [])
result = []
for name, pixels in images:
    pixels = np.clip(np.asarray(pixels), 0, 255).astype(np.uint8)
    result.append({
        "name": name, "height": pixels.shape[0], "width": pixels.shape[1], "pixels": pixels.tobytes().hex(),
        "features": features(pixels),
    })
print("[" + ",\n".join(json.dumps(one) for one in result) + "]")
