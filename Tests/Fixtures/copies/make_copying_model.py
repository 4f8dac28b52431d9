"""Makes the fixture `copying_model`: a network trained on 20 pictures until it gives back nothing else.

Usage: make_copying_model.py PHANTOM FOLDER. Needs numpy, Pillow and safetensors. The pictures are drawn at random, so nobody's:
20 to train on, each a class of its own, and 80 others that are held out for the threshold. The weights are stored in half
precision; `phantom copies index` makes the index anew of the same pictures (with the weights as they are then).
"""
import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from safetensors.numpy import load_file, save_file

phantom, folder = sys.argv[1], pathlib.Path(sys.argv[2])
SIDE, TRAINED, HELD_OUT = 32, 20, 80


def picture(number):
    random = np.random.default_rng(number)
    image = Image.new("L", (4 * SIDE, 4 * SIDE), int(random.integers(20, 90)))
    draw = ImageDraw.Draw(image)
    for _ in range(9):
        x, y = random.integers(-16, 4 * SIDE, 2)
        width, height = random.integers(16, 72, 2)
        shape = draw.ellipse if random.random() < 0.5 else draw.rectangle
        shape([int(x), int(y), int(x + width), int(y + height)], fill=int(random.integers(20, 236)))
    return image.filter(ImageFilter.GaussianBlur(2)).resize((SIDE, SIDE), Image.BOX)


images = folder / "images"
shutil.rmtree(images, ignore_errors=True)
images.mkdir(parents=True)
rows = ["filename,picture,patient,split"]
for number in range(TRAINED + HELD_OUT):
    picture(number).save(images / f"{number:03}.png")
    rows.append(f"{number:03}.png,{number % TRAINED:02},p{number},{'train' if number < TRAINED else 'val'}")
(images / "labels.csv").write_text("\n".join(rows) + "\n")
settings = {
    "dataset": {"kind": "folder", "path": str(images), "attributes": ["picture"], "small_classes": "keep"},
    "size": SIDE, "batch": 20, "seed": 1, "label_dropout": 0, "dropout": 0,
    "model": {"block_out_channels": [16, 16, 16], "layers_per_block": 1, "norm_num_groups": 4,
              "down_block_types": ["DownBlock2D"] * 3, "up_block_types": ["UpBlock2D"] * 3, "add_attention": False},
    "prediction": "v_prediction",
    "optimizer": {"warmup": 50}, "averages": {"widths": [0.05]}, "augment": {"label_safe": False},
    "checkpoint_every": 20000, "validate_every": 0, "sample_every": 0,
}
# Twice: the second time from what the first has made, at a lower rate, for what noise is left.
for number, (images, rate) in enumerate([(48000, 0.003), (32000, 0.001)]):
    settings["output"] = str(folder / f"run{number}")
    settings["images"], settings["optimizer"]["rate"] = images, rate
    if number:
        settings["init"] = str(folder / "run0/model")
        del settings["model"]
    (folder / "train.json").write_text(json.dumps(settings))
    shutil.rmtree(settings["output"], ignore_errors=True)
    subprocess.run([phantom, "train", "--config", folder / "train.json", "--no-copy-index"], check=True)
model = folder / "run1/model"
weights = model / "unet/diffusion_pytorch_model.safetensors"
save_file({name: value.astype(np.float16) for name, value in load_file(weights).items()}, weights)
subprocess.run([phantom, "copies", "index", "--config", folder / "train.json", "--model", model], check=True)
