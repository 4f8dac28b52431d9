"""Makes cleanfid_resize.safetensors: images resized as clean-fid 0.1.35 does it (resize.py, make_resizer, library PIL, bicubic,
not quantised after): each channel in Pillow's mode F, then clipped to 0 ... 255. Images are formula_weights.py's."""
import numpy as np
from PIL import Image
from safetensors.numpy import save_file

from formula_weights import uniform


def picture(name, size):
    """Noise over a gradient, 8 bits."""
    ramp = np.linspace(0, 200, size, dtype=np.float32)
    return np.clip(np.round((ramp[:, None] + ramp[None]) / 2 + 60 * uniform(name, size * size).reshape(size, size)), 0, 255)


def resized(x, size):
    image = Image.fromarray(x.astype(np.float32), mode="F").resize((size, size), resample=Image.BICUBIC)
    return np.asarray(image).clip(0, 255).astype(np.float32)


tensors = {}
for name, old, new in [("up", 32, 96), ("down", 96, 64)]:
    x = picture(name, old)
    tensors[f"{name}.image"], tensors[f"{name}.resized"] = x.astype(np.uint8), resized(x, new)
save_file(tensors, "cleanfid_resize.safetensors")
