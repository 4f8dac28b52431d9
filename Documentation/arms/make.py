#!/usr/bin/env python3
"""Writes the train.json of each arm of the comparison in Documentation/Training.md ("What works").

    python3 Documentation/arms/make.py DATA IMAGES
    for arm in a-cxr64 b-groups c-edm d-non-leaky e-dropout; do phantom train --config $arm.json; done

DATA is a folder of labelled chest X-rays as Models/chest64/train.json describes it; IMAGES, how many each arm sees.
Each arm differs from one before it in one thing.
"""
import json
import pathlib
import sys

data, images = sys.argv[1], int(sys.argv[2])
root = pathlib.Path(__file__).resolve().parents[2]
dataset = json.loads((root / "Models/chest64/train.json").read_text())["dataset"] | {"path": data}

network = {
    "block_out_channels": [32, 64, 96, 128],
    "down_block_types": ["DownBlock2D", "DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"],
    "up_block_types": ["AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D", "UpBlock2D"],
    "layers_per_block": 1,
    "attention_head_dim": 32,
}
wide_groups = network | {"norm_num_groups": 32, "attn_norm_num_groups": 32, "resnet_time_scale_shift": "default"}
uniform = {"noise": {"density": "uniform"}, "loss": {"weight": "min-snr"}}
stratified = {"noise": {"density": "logsnr-normal", "mean": 1.6, "std": 3.2}, "loss": {"weight": "edm"}}

arms = {
    "a-cxr64": {"model": wide_groups} | uniform,
    "b-groups": {"model": network} | uniform,
    "c-edm": {"model": network} | stratified,
    "d-non-leaky": {"model": network, "augment": {"label_safe": False, "non_leaky": True}} | stratified,
    "e-dropout": {"model": network, "dropout": 0.25} | stratified,
}
common = {
    "dataset": dataset, "seed": 1, "images": images, "batch": 32, "size": 64, "prediction": "v_prediction", "dropout": 0.0,
    "label_dropout": 0.1, "augment": {"label_safe": False, "non_leaky": False},
    "averages": {"widths": [0.05, 0.075, 0.1]}, "optimizer": {"rate": 0.0003, "warmup": 100},
    "validate_every": images // 2, "sample_every": images, "checkpoint_every": images // 2,
}
for name, arm in arms.items():
    pathlib.Path(name + ".json").write_text(json.dumps(common | arm | {"output": name}, indent=1) + "\n")
