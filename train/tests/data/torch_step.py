"""Two training steps of a small SqueezeNet in PyTorch, for `train/tests/torch.rs`.

    python3 -m venv venv && venv/bin/pip install torch && venv/bin/python torch_step.py > torch_step.json

Weights, images and labels follow from formulas that the test has too. Written are the loss and every gradient of the first step, and
loss and every tensor after the second (momentum 0.9, weight decay 0.0002, rate 0.05): weights OIHW.
"""
import json

import torch
from torch import nn
from torch.nn import functional as F

SIDE, BATCH, CLASSES = 39, 4, 5
SHAPES = [("conv1", (8, 3, 3, 3)), ("fire2/squeeze1x1", (4, 8, 1, 1)), ("fire2/expand1x1", (6, 4, 1, 1)), ("fire2/expand3x3", (6, 4, 3, 3)),
          ("fire3/squeeze1x1", (5, 12, 1, 1)), ("fire3/expand1x1", (7, 5, 1, 1)), ("fire3/expand3x3", (7, 5, 3, 3)), ("conv10", (CLASSES, 14, 1, 1))]


def value(i, layer):
    return ((i * 37 + layer * 11) % 101) / 101 - 0.42


def start():
    tensors = {}
    for layer, (name, shape) in enumerate(SHAPES):
        count, inputs = torch.Size(shape).numel(), shape[1] * shape[2] * shape[3]
        scale = (12 / inputs) ** 0.5
        weight = torch.tensor([value(i, layer) * scale for i in range(count)], dtype=torch.float32).reshape(shape)
        bias = torch.tensor([value(i, layer + 50) * 0.2 for i in range(shape[0])], dtype=torch.float32)
        tensors[name + ".weight"], tensors[name + ".bias"] = nn.Parameter(weight), nn.Parameter(bias)
    return tensors


def forward(t, x):
    conv = lambda name, x, **k: F.conv2d(x, t[name + ".weight"], t[name + ".bias"], **k)
    fire = lambda n, x: (lambda s: torch.cat([F.relu(conv(f"fire{n}/expand1x1", s)), F.relu(conv(f"fire{n}/expand3x3", s, padding=1))], 1))(
        F.relu(conv(f"fire{n}/squeeze1x1", x)))
    x = F.max_pool2d(F.relu(conv("conv1", x, stride=2)), 3, 2, ceil_mode=True)
    x = F.max_pool2d(fire(2, x), 3, 2, ceil_mode=True)
    return conv("conv10", fire(3, x)).mean((2, 3))


def main():
    torch.set_num_threads(1)
    t = start()
    pixels = torch.tensor([((i * 7919 + i // 13 * 31) % 256) / 64 - 2 for i in range(BATCH * 3 * SIDE * SIDE)], dtype=torch.float32)
    x, labels = pixels.reshape(BATCH, 3, SIDE, SIDE), torch.tensor([0, 3, 1, 4])
    weights = torch.tensor([1.0, 0.5, 2.0, 1.5, 1.0])
    optimiser = torch.optim.SGD(t.values(), lr=0.05, momentum=0.9, weight_decay=0.0002)
    out = {"losses": []}
    for step in range(2):
        optimiser.zero_grad()
        loss = F.cross_entropy(forward(t, x), labels, weight=weights)
        loss.backward()
        out["losses"].append(loss.item())
        if step == 0:
            out["gradients"] = {name: p.grad.flatten().tolist() for name, p in t.items()}
        optimiser.step()
    out["after"] = {name: p.detach().flatten().tolist() for name, p in t.items()}
    out["torch"] = torch.__version__.split("+")[0]
    rounded = lambda v: {k: rounded(x) for k, x in v.items()} if isinstance(v, dict) else [rounded(x) for x in v] if isinstance(v, list) else float(f"{v:.8g}") if isinstance(v, float) else v
    print(json.dumps(rounded(out), sort_keys=True))


main()
