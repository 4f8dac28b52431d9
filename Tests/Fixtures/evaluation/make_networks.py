"""Makes inception_v3.safetensors and dinov2.safetensors: features by pytorch-fid's and transformers' networks.

Usage: make_networks.py, in this folder, with pytorch-fid 0.3.0 and transformers. Weights are formula_weights.py's.
"""
import tempfile

import numpy as np
import pytorch_fid.inception as fid
import torch
from safetensors.torch import load_file, save_file
from transformers import Dinov2Config, Dinov2Model

from formula_weights import tensor, uniform

torch.set_num_threads(1)


def formula_state(module):
    return {name: value if name.endswith("num_batches_tracked") else torch.tensor(tensor(name, tuple(value.shape)))
            for name, value in module.state_dict().items()}


def inception():
    network = {}

    def state(*_, **__):
        made = fid._inception_v3(num_classes=1008, aux_logits=False, weights=None)
        network["state"] = formula_state(made)
        return network["state"]

    fid.load_state_dict_from_url = state
    model = fid.InceptionV3([3], resize_input=True, normalize_input=True).eval()
    images = torch.tensor(((uniform("images", 2 * 3 * 64 * 64).reshape(2, 3, 64, 64) + 1) * 127.5).round().astype(np.uint8))
    with torch.no_grad():
        features = model(images.float() / 255)[0][:, :, 0, 0]
    logits = features @ network["state"]["fc.weight"].T
    save_file({"images": images, "features": features, "logits": logits}, "inception_v3.safetensors")
    print("inception", features.shape, features.mean(), features.max(), logits.abs().max())


def dinov2():
    model = Dinov2Model(Dinov2Config(hidden_size=128, num_hidden_layers=3, num_attention_heads=2, image_size=70, patch_size=14)).eval()
    with tempfile.TemporaryDirectory() as folder:  # files have the names of the hub, which the modules no longer have
        model.save_pretrained(folder)
        shapes = {name: value.shape for name, value in load_file(f"{folder}/model.safetensors").items()}
        made = {name: torch.tensor(tensor(name, tuple(shape))) for name, shape in shapes.items()}
        save_file(made, f"{folder}/model.safetensors", {"format": "pt"})
        model = Dinov2Model.from_pretrained(folder).eval()
    image = torch.tensor(uniform("image", 3 * 112 * 112).reshape(1, 3, 112, 112)) * 2
    with torch.no_grad():
        token = model(image).last_hidden_state[:, 0]
    save_file({"features": token.contiguous()}, "dinov2.safetensors")
    print("dinov2", sorted(model.state_dict())[:3], token.abs().max())


inception()
dinov2()
