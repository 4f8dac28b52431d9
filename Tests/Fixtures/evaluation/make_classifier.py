"""The convolutional classifier of the downstream experiment in torch, on formula weights: logits, loss and gradients;
and areas under curves by scikit-learn. Needs numpy, torch, scikit-learn. Writes classifier.json."""

import json
import math
import pathlib

import numpy
import torch
from formula_weights import tensor, uniform
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

WIDTHS, STRIDES, CLASSES, SIDE, BATCH = [16, 32, 64, 64], [2, 2, 2, 1], 3, 16, 2


class Classifier(torch.nn.Module):
    def __init__(self):
        super().__init__()
        layers, inputs = [], 1
        for width, stride in zip(WIDTHS, STRIDES):
            conv = torch.nn.Conv2d(inputs, width, 3, stride, 1)
            layers.append(torch.nn.ModuleDict({"conv": conv, "norm": torch.nn.GroupNorm(width // 8, width)}))
            inputs = width
        self.layers = torch.nn.ModuleList(layers)
        self.head = torch.nn.Conv2d(inputs, CLASSES, 1)

    def forward(self, x):
        for layer in self.layers:
            x = torch.nn.functional.silu(layer["norm"](layer["conv"](x)))
        return self.head(x).mean(dim=(2, 3))


torch.set_default_dtype(torch.float64)
network = Classifier()
with torch.no_grad():
    for name, parameter in network.named_parameters():
        shape = list(parameter.shape)
        if name == "head.weight":
            values = numpy.asarray(tensor(name, shape[:2])).reshape(shape)
        else:
            values = numpy.asarray(tensor(name, shape)).reshape(shape)
        parameter.copy_(torch.from_numpy(values.astype(numpy.float64)))
images = torch.from_numpy(numpy.asarray(uniform("images", BATCH * SIDE * SIDE), dtype=numpy.float64))
logits = network(images.reshape(BATCH, 1, SIDE, SIDE))
loss = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 2]))
loss.backward()
gradients = {}
for name, parameter in network.named_parameters():
    flat = parameter.grad.flatten()
    gradients[name] = {"norm": float(flat.norm()), "first": flat[:6].tolist(), "last": flat[-2:].tolist()}

# Twenty images of three classes whose probabilities have ties.
labels = [int(i * 7 % 3) for i in range(20)]
raw = numpy.round((numpy.asarray(uniform("probabilities", 60), dtype=numpy.float64).reshape(20, 3) + 1) * 3) + 1
raw[numpy.arange(20), labels] += 1
weights = [1 + i % 3 for i in range(20)]
own = [[float(v) for v in row] for row in raw]
aucs = [float(roc_auc_score([l == k for l in labels], raw[:, k], sample_weight=weights)) for k in range(3)]
json.dump(
    {
        "logits": logits.tolist(), "loss": float(loss.detach()), "gradients": gradients, "labels": labels, "weights": weights,
        "scores": own, "aucs": aucs,
        "balanced": float(balanced_accuracy_score(labels, raw.argmax(axis=1), sample_weight=weights)),
    },
    open(pathlib.Path(__file__).parent / "classifier.json", "w"), indent=1)
