"""Makes resizings.tsv: what Pillow makes of 100 random pictures (8 bits, grey and RGB) and 20 of 16 bits.

Columns: width, height, channels, bits, filter, new width, new height, box (x0 y0 x1 y1), seed, the new samples in
hexadecimal digits. The old samples are drawn by the generator below from the seed, so that they need not stand here:
half of the pictures are noise, half are steps, whose edges make the kernels overshoot.

    python3 make_resizings.py > resizings.tsv        (made with Pillow 13.0.0 and numpy)
"""
import random

import numpy as np
from PIL import Image

FILTERS = {"box": Image.Resampling.BOX, "bilinear": Image.Resampling.BILINEAR,
           "bicubic": Image.Resampling.BICUBIC, "lanczos": Image.Resampling.LANCZOS}


def samples(seed, count, bits):
    """A linear congruential generator modulo 2^32; odd seeds make runs of black and white."""
    state, values, level = seed, [], 0
    for _ in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        if seed % 2 == 0:
            values.append(state >> (32 - bits))
        else:
            if state >> 30 == 0:
                level = 2**bits - 1 - level
            values.append(level)
    return values


def main():
    draw = random.Random(15)
    for case in range(120):
        bits = 8 if case < 100 else 16
        channels = draw.choice([1, 1, 3]) if bits == 8 else 1
        width, height = draw.randint(1, 60), draw.randint(1, 60)
        name = draw.choice(list(FILTERS))
        new_width, new_height = draw.randint(1, 24), draw.randint(1, 24)
        box = (0, 0, width, height)
        if draw.random() < 0.5 and width > 2 and height > 2:
            x, y = draw.uniform(0, width / 3), draw.uniform(0, height / 3)
            box = (x, y, draw.uniform(x + 1, width), draw.uniform(y + 1, height))
        seed = draw.randrange(2**31)
        array = np.array(samples(seed, width * height * channels, bits))
        if bits == 16:
            # Modes of 16 bits are clipped wrongly by Pillow where a kernel overshoots. Its mode F is not clipped at
            # all: so the passes are made one by one, in Pillow's order, and rounded and clipped as those of 8 bits are.
            new = array.reshape(height, width)
            passes = [((new_width, height), (box[0], 0, box[2], height)), ((new_width, new_height), (0, box[1], new_width, box[3]))]
            if 0 < height - new_height > 2 * (width - new_width):
                passes = [((width, new_height), (0, box[1], width, box[3])), ((new_width, new_height), (box[0], 0, box[2], new_height))]
            for size, part in passes:
                new = np.asarray(Image.fromarray(new.astype(np.float32)).resize(size, FILTERS[name], box=part))
                new = np.clip(np.floor(new + 0.5), 0, 65535)
            new = new.astype(">u2")
        else:
            shape = (height, width) if channels == 1 else (height, width, 3)
            image = Image.fromarray(array.reshape(shape).astype(np.uint8))
            new = np.asarray(image.resize((new_width, new_height), FILTERS[name], box=box))
        fields = [width, height, channels, bits, name, new_width, new_height, " ".join(map(repr, box)), seed,
                  new.tobytes().hex()]
        print("\t".join(map(str, fields)))


main()
